"""Draw one figure of the paper."""

from typing import Any

from lrstudy.joblog import job_log

snakemake: Any  # Snakemake puts it in when it runs the script

with job_log(snakemake.log[0]):
    from collections.abc import Callable

    from lrstudy import result_tables, run_tables
    from lrstudy.fig_accuracy import draw_accuracy
    from lrstudy.fig_components import draw_components
    from lrstudy.fig_curves import draw_curves
    from lrstudy.fig_elsewhere import beside_the_study, draw_elsewhere
    from lrstudy.fig_grid import draw_grid
    from lrstudy.fig_inflation import draw_inflation
    from lrstudy.fig_ladder import draw_ladder
    from lrstudy.fig_rates import draw_rates, draw_readings
    from lrstudy.fig_returns import draw_returns
    from lrstudy.figures import arm_labels, choose, initializer_labels, save_figure, use_style
    from lrstudy.tables import Contract, read_table
    from matplotlib.figure import Figure

    source, params = snakemake.input, snakemake.params
    contracts = {
        contract.name: contract
        for module in (run_tables, result_tables)
        for contract in vars(module).values()
        if isinstance(contract, Contract)
    }
    tables = {
        name: read_table(path, contracts[name])
        for name, path in source.items()
        if name in contracts
    }
    analysis = params.analysis
    arms = arm_labels(params.arms, analysis["arms"])
    shown = {name: params.arms[name] for name in arms}
    initializers = initializer_labels(params.initializers, analysis["initializer"])
    protocols = ["tail", "resample"]
    margin, tutorial = analysis["margin"], analysis["tutorial"]
    # Keras trains some of the same arms, in a part of its own.
    for name in {"runs", "arms", "curves"} & set(tables):
        tables[name] = choose(tables[name], part=analysis["parts"])
    for name in {"curves", "grid", "tuned"} & set(tables):
        tables[name] = choose(tables[name], initializer=analysis["initializer"])

    def elsewhere() -> Figure:
        """Draw the second question, with the study's own answers beside it."""
        asked, own = params.elsewhere, params.label
        places = {own: own} | {name: block["label"] for name, block in asked["datasets"].items()}
        effects = beside_the_study(
            tables["elsewhere_effects"],
            tables["effects"],
            asked["hypotheses"],
            analysis["hypotheses"],
            own,
        )
        trained = {name: initializers[name] for name in asked["initializers"]}
        return draw_elsewhere(effects, trained, places, margin=margin)

    drawn: dict[str, Callable[[], Figure]] = {
        "returns": lambda: draw_returns(tables["returns"], arms, initializers, tutorial=tutorial),
        "ladder": lambda: draw_ladder(
            tables["effects"], initializers, margin=margin, tutorial=tutorial
        ),
        "accuracy": lambda: draw_accuracy(tables, arms, initializers, protocols, tutorial=tutorial),
        "rates": lambda: draw_rates(tables["rates"], "rates"),
        "readings": lambda: draw_readings(
            tables["rates"], tables["effects"], initializers, margin=margin
        ),
        "grid": lambda: draw_grid(tables, "resample", params.grid, shown),
        "grid_tail": lambda: draw_grid(tables, "tail", params.grid, shown),
        "components": lambda: draw_components(tables["components"], arms, initializers, protocols),
        "inflation": lambda: draw_inflation(tables["effects"], initializers, margin=margin),
        "curves": lambda: draw_curves(tables["curves"], arms, protocols),
        "elsewhere": elsewhere,
    }
    use_style()
    save_figure(drawn[snakemake.wildcards.name](), snakemake.output.pdf, snakemake.output.png)
