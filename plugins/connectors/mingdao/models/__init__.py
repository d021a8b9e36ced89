"""What HAP answers with, read by pydantic, under the API's own words."""

from connectors.mingdao.models.rows import Row, RowPage
from connectors.mingdao.models.structure import (
    App,
    AppItem,
    Field,
    Option,
    Worksheet,
    WorksheetList,
    WorksheetRef,
)
from connectors.mingdao.models.written import (
    CreatedRow,
    CreatedRows,
    CreatedWorksheet,
    UpdatedRows,
)

__all__ = [
    "App",
    "AppItem",
    "CreatedRow",
    "CreatedRows",
    "CreatedWorksheet",
    "Field",
    "Option",
    "Row",
    "RowPage",
    "UpdatedRows",
    "Worksheet",
    "WorksheetList",
    "WorksheetRef",
]
