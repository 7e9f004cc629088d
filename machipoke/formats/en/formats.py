"""Days of the week in English dates too."""

DATE_FORMAT = "D, j M Y"
DATETIME_FORMAT = "D, j M Y, H:i"
MONTH_DAY_FORMAT = "D, j F"
