# Figures and tables of the paper: the files of rule, code and data, without the build's folder: a
# recheck prints the same bytes.
ORIGINS = {
    **{
        name: [
            "workflow/rules/figures.smk",
            f"{DRAWINGS}/{name}.py",
            *(f"results/{table}.parquet" for table in figure.tables),
        ]
        for name, figure in FIGURE_FILES.items()
        if name in DRAWN
    },
    **{
        f"table.{name}": [
            f"workflow/rules/{rules}.smk",
            f"{SCRIPTS}/lrstudy/{module}.py",
            f"results/{table}.parquet",
        ]
        for name, rules, module, table in (
            ("arms", "analyse", "analysis/analyse", "arms"),
            ("hypotheses", "analyse", "analysis/effects", "effects"),
            ("tuned", "analyse", "analysis/tuning", "tuned"),
            ("tips", "analyse", "analysis/effects", "effects"),
            ("rates", "plan", "design/plan", "rates"),
            ("repeats", "analyse", "repeats/judge", "verdicts"),
        )
        if table in (*GIVEN, *contracts_of(repeat_tables))
    },
}
CLAIMED = [
    *(RESULTS / f"{name}.parquet" for name in ("runs", *QUOTED)),
    *(RESULTS / f"{name}.json" for name in (*JUDGED, "repeats", "settings")),
]
ABOUT = {
    "title": "Four Radar Returns",
    "facts": {"all.networks": "networks trained"},
    "examples": ["momentum tail difference", "92.24", "momentum first"],
    "figures": ABOUT_FIGURES,
    "tables": [
        "runs",
        "curves",
        *(name for name in GIVEN if name != "decay_argument"),
        *contracts_of(repeat_tables),
    ],
    "home": HOME,
    "settings": {key: value for key, value in STUDIED.items() if key != "paper"},
}
