"""Django's own ja formats lack the space between date and time and the day of the week."""

DATE_FORMAT = "Y年n月j日（D）"
DATETIME_FORMAT = "Y年n月j日（D） H:i"
MONTH_DAY_FORMAT = "n月j日（D）"
SHORT_DATE_FORMAT = "Y/m/d"
