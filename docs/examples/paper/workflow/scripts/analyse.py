"""Compare the two drugs: a table, a figure, and the numbers that the paper may print."""

from typing import Any

from paperledger.io.joblog import job_log

snakemake: Any  # Snakemake puts it in when it runs the script

with job_log(snakemake.log[0]):
    import io

    import matplotlib as mpl
    import pandas as pd
    import pyarrow as pa
    from matplotlib.figure import Figure
    from paperledger.claims.claim import Claim, numbers_json
    from paperledger.claims.macros import macros_tex
    from paperledger.claims.quoted import table_claims
    from paperledger.io.files import write_atomically
    from paperledger.io.tables import Column, Contract, write_table
    from scipy import stats

    number, ends = pa.float64(), ("low", "high")
    # A column says what it holds and how the text quotes it; then its claims make themselves:
    # effect.<contrast>.<column>.
    EFFECTS = Contract(
        "effects",
        ("contrast",),
        {
            "contrast": Column(pa.string(), "", "drug, or one less the other"),
            "n": Column(pa.int32(), "patients", "patients", "plain"),
            "mean": Column(number, "hours", "mean sleep gained", "signed", 2, ends),
            "low": Column(number, "hours", "lower end of its interval", "signed", 2, ends),
            "high": Column(number, "hours", "upper end of its interval", "signed", 2, ends),
            "p": Column(number, "", "two-sided p-value of the t test", "p"),
        },
        stem="effect",
        rule="analyse",
        caption="Hours of sleep gained with each drug, and with the second beyond the first.",
    )

    params, output = snakemake.params, snakemake.output
    nights = pd.read_csv(snakemake.input.data)
    gained = {"dextro": nights["dextro"], "laevo": nights["laevo"]}
    gained["laevo-dextro"] = gained["laevo"] - gained["dextro"]
    rows = []
    for name, values in gained.items():
        test = stats.ttest_1samp(values, 0.0)
        low, high = test.confidence_interval(params.confidence)
        rows.append([name, len(values), values.mean(), low, high, test.pvalue])
    effects = pd.DataFrame(rows, columns=list(EFFECTS.columns))
    write_table(effects, output.table, EFFECTS)

    # What no table quotes is a claim by itself, with the rule and the files that it comes from.
    claims = table_claims(effects, EFFECTS)
    claims["confidence"] = Claim(100 * params.confidence, "%", 0, rule="analyse")
    claims["paper.date"] = Claim(params.date, rule="analyse")
    write_atomically(output.numbers, numbers_json(claims).encode())
    macros = macros_tex({name: claim.text for name, claim in claims.items()})
    write_atomically(output.tex, macros.encode())

    mpl.use("agg")
    figure = Figure((3.2, 2.4), layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], nights[["dextro", "laevo"]].T, color="#0072B2", marker="o", linewidth=1)
    axes.axhline(0, color="#666666", linewidth=0.7)
    axes.set(xticks=[0, 1], xticklabels=["first drug", "second drug"], ylabel="hours gained")
    nameless = {"CreationDate": None, "Producer": None, "Creator": None}
    for path, metadata in ((output.pdf, nameless), (output.png, {"Software": None})):
        drawn = io.BytesIO()
        figure.savefig(drawn, format=path.rpartition(".")[2], metadata=metadata, dpi=200)
        write_atomically(path, drawn.getvalue())
