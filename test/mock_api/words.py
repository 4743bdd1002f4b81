"""The names that generated rows carry, plain and awkward.

The awkward ones are what breaks escaping, comparing, padding and measuring:
quotes, URL and OData marks, backslashes, blanks at the ends, other scripts,
names that differ in case, accents or blanks alone, the empty name.
"""

FIRST = ("Adventure", "Alpine", "Blue Yonder", "Coho", "Contoso", "Fabrikam", "Fourth Coffee",
         "Graphic Design", "Humongous", "Litware", "Lucerne", "Margie's", "Munson's",
         "Northwind", "Proseware", "Relecloud", "School of Fine Art", "Southridge",
         "Tailspin", "Trey", "VanArsdel", "Wide World", "Wingtip", "Woodgrove")
SECOND = ("Airlines", "Bank", "Consulting", "Data", "Energy", "Finance", "Foods", "Health",
          "Importers", "Insurance", "Media", "Pharmaceuticals", "Publishing", "Research",
          "Sports", "Supplies", "Toys", "Traders", "Video", "Works")
THIRD = ("", " Ltd", " Inc.", " GmbH", " S.A.", " and Partners", " Holding", " Group")

CITIES = ("Albany", "Bremerhaven", "Cambridge", "Dublin", "Edinburgh", "Fort Worth", "Gothenburg",
          "Hamilton", "Indianapolis", "Johannesburg", "Kitchener", "Ljubljana")

AWKWARD = (
    "O'Brien & Sons", "'quoted'", "''", "100% Pure + More", "A#1 Trading", "a=b?c&d;e",
    "Percent%20Encoded%27", "C:\\Users\\Public", "back\\'slash", "say \"hello\"",
    " leading blank", "trailing blank ", "trailing blank", "  both  ", "", " ",
    "Contoso Ltd", "CONTOSO LTD", "contoso ltd", "contoso ltd ",
    "Café Müller", "CAFÉ MÜLLER", "Cafe Muller", "Cafe\u0301 Mu\u0308ller",
    "Straße AG", "STRASSE AG", "İstanbul Ticaret", "istanbul ticaret", "ısparta",
    "株式会社サンプル", "北京示例有限公司", "Общество «Ромашка»", "شركة المثال", "😀 Emoji Works 🚀👩‍👩‍👧",
    "tab\there", "line\nbreak", "return\rhere", "del\u007fete", "no\u00a0break", "zero\u200bwidth",
    "eq 'x' or (1 eq 1)", "x') or (channel ne '", "null", "None", "NULL", "true", "0", "-1",
    "[bracket]", "{brace}", "a,b,c", "(paren)", "semi;colon", "under_score", "per%cent", "$1",
    "</script>", "\u2028separator", "\ufeffmark", "\U0010ffff end",
)

# About four kilobytes, with a quote and a character outside ASCII in it.
LONG = "Long name of a company that can't stop talking about itself é " * 65

PRODUCTS = (
    "OFFICE 365 BUSINESS ESSENTIALS", "OFFICE 365 BUSINESS PREMIUM", "EXCHANGE ONLINE (PLAN 1)",
    "EXCHANGE ONLINE (PLAN 2)", "EXCHANGE ONLINE ARCHIVING FOR EXCHANGE ONLINE",
    "OFFICE 365 ENTERPRISE E1", "OFFICE 365 ENTERPRISE E3", "OFFICE 365 ENTERPRISE E5",
    "OFFICE 365 F1", "SHAREPOINT ONLINE (PLAN 1)", "SHAREPOINT ONLINE (PLAN 2)",
    "SKYPE FOR BUSINESS ONLINE (PLAN 2)", "DOMESTIC AND INTERNATIONAL CALLING PLAN",
    "DOMESTIC CALLING PLAN", "AUDIO CONFERENCING", "PHONE SYSTEM", "VISIO ONLINE PLAN 2",
    "PROJECT ONLINE PROFESSIONAL", "PROJECT ONLINE ESSENTIALS", "POWER BI PRO",
    "ONEDRIVE FOR BUSINESS (PLAN 2)", "OFFICE 365 ADVANCED THREAT PROTECTION (PLAN 1)",
    "OFFICE 365 EXTRA FILE STORAGE", "MICROSOFT STREAM PLAN 2",
)
DYNAMICS = (
    "DYNAMICS AX TASK", "DYNAMICS 365 FOR SALES, ENTERPRISE EDITION",
    "DYNAMICS 365 FOR CUSTOMER SERVICE, ENTERPRISE EDITION", "DYNAMICS 365 TEAM MEMBERS",
    "DYNAMICS 365 FOR FIELD SERVICE", "DYNAMICS CRM ONLINE ADDITIONAL STORAGE",
    "DYNAMICS 365 FOR OPERATIONS ACTIVITY", "DYNAMICS 365 FOR TALENT",
)
AWKWARD_PRODUCTS = (
    "Office 365 F1", "office 365 f1", "PRODUCT 'A' & B", "PLAN #2 + 50%", "製品 1",
    "BACK\\SLASH PLAN", "", " PADDED ",
)

WORKLOADS = (("EXO", "Exchange"), ("SPO", "SharePoint"), ("SFB", "Skype For Business"),
             ("ODB", "OneDrive For Business"), ("YAM", "Yammer"), ("TEAMS", "Microsoft Teams"))
CRM_WORKLOAD = ("CRM", "Microsoft Dynamics CRM")

SERVICES = {"o365": "Microsoft Office 365", "crm": "Microsoft Dynamics"}

MARKETS = ("US", "DE", "GB", "FR", "JP", "BR", "IN", "AU")
LOCATIONS = ("useast", "uswest", "euwest", "eunorth", "apsoutheast")
METERS = (("Virtual Machines", "A1 v2", "10 Hours"), ("Storage", "None", "10,000s"),
          ("Data Management", "None", "10,000s"), ("Bandwidth", "Geo", "1 GB"),
          ("SQL Database", "Single Basic", "1/Day"), ("Key Vault", "", "10K"))
SUBSCRIPTION_TYPES = ("Office", "Azure", "Microsoft365", "M365", "Dynamics", "EMS", "Windows",
                      "UNKNOWN", "office")
STATUSES = ("ACTIVE", "SUSPENDED", "DEPROVISIONED")
