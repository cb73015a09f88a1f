"""Great Expectations is imported without the libraries that no expectation on a frame needs."""

import subprocess
import sys


def found(code: str) -> str:
    """What ``code`` prints in a process of its own: what it imports is not there already."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_neither_spark_nor_charts_nor_statistics_come_in_with_it() -> None:
    heavy = found(
        "import sys; from pipeline.quality.library import great_expectations; great_expectations();"
        "print([one for one in ('pyspark', 'altair', 'scipy.stats') if one in sys.modules])"
    )

    assert heavy == "[]"


def test_of_data_sources_only_those_of_frames_come_in_with_it() -> None:
    others = found(
        "import sys; from pipeline.quality.library import great_expectations; gx = great_expectations();"
        "print([one for one in sys.modules if one.startswith('great_expectations.datasource.fluent.')"
        " and one.endswith('_datasource')], gx.datasource.fluent.PandasDatasource.__name__)"
    )

    assert others == (
        "['great_expectations.datasource.fluent.invalid_datasource',"
        " 'great_expectations.datasource.fluent.pandas_datasource'] PandasDatasource"
    )


def test_what_it_uses_is_imported_when_it_uses_it() -> None:
    entropy = found(
        "from pipeline.quality.library import great_expectations;"
        "m = great_expectations().expectations.core.expect_column_kl_divergence_to_be_less_than;"
        "print(float(m.stats.entropy([1.0], [1.0])), m.alt.Chart.__name__)"
    )

    assert entropy == "0.0 Chart"


def test_others_import_the_same_libraries_as_ever() -> None:
    names = found(
        "from pipeline.quality.library import great_expectations; great_expectations();"
        "import altair, scipy.stats; from scipy import stats;"
        "print(altair.Chart.__name__, stats.norm.cdf(0.0), stats is scipy.stats)"
    )

    assert names == "Chart 0.5 True"


def test_a_library_that_is_there_already_stays() -> None:
    same = found(
        "import altair; from pipeline.quality.library import great_expectations; great_expectations();"
        "import sys; print(sys.modules['altair'] is altair)"
    )

    assert same == "True"
