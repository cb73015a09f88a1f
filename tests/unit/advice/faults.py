"""Faults that are planted into the small company, and what is said of each."""

from collections.abc import Callable
from datetime import datetime, timedelta

from tests.unit.advice.company import Company, Row


def each(company: Company, file: str, change: Callable[[Row], Row]) -> None:
    company.files[file] = [one | change(one) for one in company.files[file]]


def at(row: Row) -> datetime:
    return datetime.fromisoformat(row["at"])


def exchange(company: Company, source: str, one: str, other: str) -> None:
    columns = company.sources[source]["columns"]
    columns[one], columns[other] = columns[other], columns[one]


def forgotten_space(company: Company) -> None:
    del company.sources["till"]["account_space"]
    for name in ("given_name", "family_name", "email", "phone"):
        del company.sources["crm"]["columns"][name]


def forgotten_space_of_people(company: Company) -> None:
    del company.sources["crm"]["account_space"]


def other_ids(change: Callable[[str], str]) -> Callable[[Company], None]:
    return lambda company: each(company, "crm", lambda row: {"id": change(row["id"])})


def quantity_and_customer(company: Company) -> None:
    exchange(company, "till", "quantity", "source_account_id")


def single_lines(company: Company) -> None:
    """Every line an order of its own, so that only the numbers tell."""
    rows = company.files["till"]
    company.files["till"] = [row | {"order": f"r{number}"} for number, row in enumerate(rows)]
    quantity_and_customer(company)


def text_customers(company: Company) -> None:
    each(company, "till", lambda row: {"customer": f"k-{row['customer']}"})
    each(company, "crm", lambda row: {"id": f"k-{row['id']}"})
    quantity_and_customer(company)


def first_of_month(company: Company) -> None:
    each(company, "till", lambda row: {"at": f"{at(row):%Y-%m}-01"})


def utc_days(company: Company) -> None:
    company.settings["time_zone"] = "America/New_York"
    company.sources["till"]["time_zone"] = "UTC"
    each(company, "till", lambda row: {"at": f"{at(row):%Y-%m-%d}"})


def read_as_shanghai(company: Company) -> None:
    company.sources["till"]["time_zone"] = "Asia/Shanghai"


def cut_elsewhere(company: Company) -> None:
    """Orders at every hour, cut at the months of Berlin, read as those of Tokyo (8 hours earlier)."""
    start, rows = datetime(2024, 1, 1), company.files["till"]
    spread = [row | {"at": str(start + timedelta(minutes=80 * number))} for number, row in enumerate(rows)]
    company.files["till"] = spread
    company.sources["till"]["time_zone"] = "Asia/Tokyo"


def in_cents(company: Company) -> None:
    rows = company.files["till"]
    half = len(rows) // 2
    company.files["till"], company.files["web"] = (
        rows[:half],
        [row | {"price": str(round(float(row["price"]) * 100))} for row in rows[half:]],
    )
    connector = {"kind": "file", "format": "csv", "path": "web.csv"}
    company.sources["web"] = company.sources["till"] | {"connector": connector}


def a_file_in_cents(company: Company) -> None:
    in_cents(company)
    del company.sources["web"]
    company.sources["till"]["connector"] = {"kind": "file", "format": "csv", "path": ["till.csv", "web.csv"]}


def monthly_incomes(company: Company) -> None:
    rows = company.files["crm"]
    company.files["crm"] = rows[:60]
    company.files["club"] = [row | {"pay": str(round(float(row["pay"]) / 12))} for row in rows[60:]]
    connector = {"kind": "file", "format": "csv", "path": "club.csv"}
    company.sources["club"] = company.sources["crm"] | {"connector": connector}


def currency(*codes: str) -> Callable[[Company], None]:
    def spoil(company: Company) -> None:
        rows = company.files["till"]
        company.files["till"] = [
            row | {"money": codes[number % len(codes)]} for number, row in enumerate(rows)
        ]
        company.sources["till"]["columns"]["currency"] = "money"

    return spoil


def order_as_line_key(company: Company) -> None:
    company.sources["till"]["columns"]["line_key"] = "order"


def order_as_row_key(company: Company) -> None:
    company.sources["till"]["row_key"] = ["order"]


def two_profiles_each(company: Company) -> None:
    company.files["crm"] += [row | {"town": "Elsewhere"} for row in company.files["crm"]]


def copies(company: Company) -> None:
    company.files["till"] += company.files["till"][: len(company.files["till"]) // 3]


def multiplied(company: Company) -> None:
    company.files["till"] = [
        row | {"coupon": str(coupon)} for row in company.files["till"] for coupon in range(3)
    ]


def mapped_twice(company: Company) -> None:
    company.sources["till_again"] = dict(company.sources["till"])


def same_rows_elsewhere(company: Company) -> None:
    company.files["shop"] = company.files["till"][::-1]
    connector = {"kind": "file", "format": "csv", "path": "shop.csv"}
    company.sources["shop"] = company.sources["till"] | {"connector": connector}


def decimal_commas(company: Company) -> None:
    each(company, "till", lambda row: {"price": row["price"].replace(".", ",")})


def german_dates(company: Company) -> None:
    each(company, "till", lambda row: {"at": f"{at(row):%d.%m.%Y %H:%M}"})


def some_german_dates(company: Company) -> None:
    rows = company.files["till"]
    company.files["till"] = [
        row | ({"at": f"{at(row):%d.%m.%Y %H:%M}"} if number % 10 == 0 else {})
        for number, row in enumerate(rows)
    ]


def american_dates_read_as_ours(company: Company) -> None:
    each(company, "till", lambda row: {"at": f"{at(row):%m/%d/%Y}"})
    company.sources["till"]["columns"]["ordered_at"] = {"column": "at", "format": "%d/%m/%Y"}


def unknown_codes(company: Company) -> None:
    rows = [row | {"paid": str(number % 3)} for number, row in enumerate(company.files["till"])]
    company.files["till"] = rows
    company.sources["till"]["columns"]["is_return"] = {
        "column": "paid", "values": {"0": "false", "1": "false", "9": "true"}, "strict": True,
    }  # fmt: skip


def flags(company: Company) -> None:
    rows = [
        row | {"back": "nein" if number % 9 else "ja"} for number, row in enumerate(company.files["till"])
    ]
    company.files["till"] = rows
    company.sources["till"]["columns"]["is_return"] = "back"


def negative_discounts(company: Company) -> None:
    rows = [row | {"off": f"-{number % 4}"} for number, row in enumerate(company.files["till"])]
    company.files["till"] = rows
    company.sources["till"]["columns"]["discount_amount"] = "off"


def constant_price(company: Company) -> None:
    each(company, "till", lambda row: {"price": "9.99"})


def other_products(company: Company) -> None:
    each(company, "catalogue", lambda row: {"sku": f"X{row['sku'][1:]}"})


def mails_as_towns(company: Company) -> None:
    each(company, "crm", lambda row: {"town": row["mail"] if row["first"] < "C" else row["town"]})


#: What is planted, the code it must be told by, what must be said, and what must stand in the YAML.
FAULTS: dict[str, tuple[Callable[[Company], None], str, str, str]] = {
    "account_space forgotten": (forgotten_space, "account_space_alone", "99999", "account_space: shop"),
    "account_space forgotten, ids of a third": (forgotten_space_of_people, "account_space_alone", "null", "account_space: crm"),
    "leading zeros": (other_ids(lambda id: f"000{id}"), "account_ids_differ", "without leading zeros", ""),
    "capitals": (lambda company: [each(company, "till", lambda row: {"customer": f"c{row['customer']}"}),
                                  other_ids(lambda id: f"C{id}")(company)][0],
                 "account_ids_differ", "small letters", ""),
    "a prefix": (other_ids(lambda id: f"CUST-{id}"), "account_ids_differ", "AAAA-99999", ""),
    "ids of another system": (other_ids(lambda id: f"{int(id) * 7 + 3_000_000}"), "account_ids_differ", "0 of", ""),
    "quantity and customer": (quantity_and_customer, "columns_swapped", "source_account_id", "source_account_id: customer"),
    "quantity and customer, an order a line": (single_lines, "columns_swapped", "look like ids", "quantity: quantity"),
    "quantity and customer, ids of letters": (text_customers, "columns_swapped", "quantity", "quantity: quantity"),
    "order and customer": (lambda company: exchange(company, "till", "order_id", "source_account_id"),
                           "columns_swapped", "one order only", "order_id: order"),
    "quantity and price": (lambda company: exchange(company, "till", "quantity", "unit_price_amount"),
                           "columns_swapped", "decimals", "unit_price_amount: price"),
    "product and customer": (lambda company: exchange(company, "till", "product_id", "source_account_id"),
                             "columns_swapped", "source_account_id", "product_id: product"),
    "order number as quantity": (lambda company: company.sources["till"]["columns"].update(quantity="order"),
                                 "numbers_look_like_ids", "quantity", "quantity: another_column"),
    "order number as price": (lambda company: company.sources["till"]["columns"].update(unit_price_amount="order"),
                              "numbers_look_like_ids", "unit_price_amount", "another_column"),
    "quantity as price": (lambda company: company.sources["till"]["columns"].update(unit_price_amount="quantity"),
                          "column_mapped_twice", "equal to quantity", "another_column"),
    "names and e-mails": (lambda company: exchange(company, "crm", "email", "family_name"),
                          "columns_swapped", "family_name", "email: mail"),
    "towns as e-mails": (lambda company: company.sources["crm"]["columns"].update(email="town"),
                         "column_of_another_kind", "words", "email: another_column"),
    "dates as incomes": (lambda company: company.sources["crm"]["columns"].update(income_amount="born"),
                         "column_of_another_kind", "a date", "income_amount"),
    "e-mails in towns": (mails_as_towns, "identifiers_in_open_column", "city", "city"),
    "one price": (constant_price, "amount_constant", "the same in 100%", "unit_price_amount"),
    "cents in a second source": (in_cents, "unit_differs_between_sources", "as cents", "scale: 0.01"),
    "cents in a second file": (a_file_in_cents, "unit_differs_between_files", "web.csv", "scale: 0.01"),
    "monthly incomes": (monthly_incomes, "unit_differs_between_sources", "income_amount", "scale: 0.08"),
    "dollars without rates": (currency("EUR", "USD"), "currency_without_rate", "USD", "entity: exchange_rates"),
    "signs of currencies": (currency("$"), "currency_without_rate", "$", "$: EUR"),
    "months as days": (first_of_month, "dates_all_first_of_month", "midnight of the first", "ordered_at"),
    "one moment": (lambda company: each(company, "till", lambda row: {"at": "2024-02-03 04:05:06"}),
                   "times_constant", "the same moment", "ordered_at"),
    "days of UTC": (utc_days, "days_of_another_zone", "19:00 or 20:00", "time_zone: America/New_York"),
    "hours of another zone": (read_as_shanghai, "events_at_night", "Asia/Shanghai", "time_zone:"),
    "cut in another zone": (cut_elsewhere, "zone_pushes_rows_out", "before the first period", "time_zone"),
    "order as line_key": (order_as_line_key, "key_not_unique", "line_key (order)", "line_key"),
    "order as row_key": (order_as_row_key, "key_not_unique", "row_key (order)", "row_key: [order, another_column]"),
    "two profiles an account": (two_profiles_each, "key_not_unique", "no updated_at", "updated_at"),
    "copies of rows": (copies, "rows_copied", "exact copies", "exact_duplicates: keep"),
    "a join that multiplies": (multiplied, "rows_multiplied", "67%", "line_key"),
    "a file mapped twice": (mapped_twice, "sources_alike", "read the same place", "till_again"),
    "rows under two names": (same_rows_elsewhere, "sources_alike", "100%", "shop"),
    "decimal commas": (decimal_commas, "rows_quarantined", "amount_unreadable", "decimal: ','"),
    "German dates": (german_dates, "rows_quarantined", "99.99.9999 99:99", "format: '%d.%m.%Y %H:%M'"),
    "some German dates": (some_german_dates, "rows_quarantined", "10%", "[iso, '%d.%m.%Y %H:%M']"),
    "American dates": (american_dates_read_as_ours, "rows_quarantined", "time_unreadable", "format: '%m/%d/%Y'"),
    "codes that nobody mapped": (unknown_codes, "rows_quarantined", "such as 2", "'2': "),
    "flags in German": (flags, "rows_quarantined", "flag_unreadable", "ja: 'true'"),
    "negative discounts": (negative_discounts, "rows_quarantined", "negative throughout", "scale: -1"),
    "products of another catalogue": (other_products, "product_ids_differ", "A9999", "product_id"),
}  # fmt: skip
#: Faults that show only beside people, or beside a catalogue; the others are planted into the till alone.
PEOPLE = (
    "account_space forgotten", "account_space forgotten, ids of a third", "leading zeros", "capitals", "a prefix",
    "ids of another system", "names and e-mails", "towns as e-mails", "dates as incomes", "e-mails in towns",
    "monthly incomes", "two profiles an account", "quantity and customer",
)  # fmt: skip
PRODUCTS = ("products of another catalogue", "product and customer")
#: What is true beside the fault, because it follows from it.
ALSO = {
    "product and customer": {"product_ids_differ"},
    "quantity and customer": {"account_ids_differ"},
    "quantity and customer, ids of letters": {"rows_quarantined"},
    "dates as incomes": {"rows_quarantined"},
}
#: Faults whose proposed lines mend them wholly, as they stand.
MENDED = (
    "quantity and customer", "order and customer", "quantity and price", "product and customer", "names and e-mails",
    "quantity and customer, ids of letters", "account_space forgotten, ids of a third", "cents in a second source",
    "days of UTC", "copies of rows", "decimal commas", "German dates", "some German dates", "American dates",
    "codes that nobody mapped", "flags in German", "negative discounts", "monthly incomes", "dollars without rates",
)  # fmt: skip
