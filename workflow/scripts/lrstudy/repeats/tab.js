(() => {
  const HASH = "#compare";
  const FIELDS = ["a", "b", "protocol", "initializer", "outcome"];
  const MOST_BARS = 120;
  const part = (name) => document.getElementById(`compare-${name}`);
  const form = part("form");
  let data;
  let answers;
  let turn = 0;

  const made = (tag, text, properties) =>
    Object.assign(document.createElement(tag), { textContent: text }, properties);
  const option = (value, text) => made("option", text, { value });

  // ---- the form: its choices, and what it asks -----------------------------------------------

  function start() {
    data = JSON.parse(part("data").textContent);
    answers = compareAnswers(data);
    part("known").append(...data.questions.map(({ label }, i) => option(i, label)));
    const called = Object.fromEntries(Object.entries(data.called).map(([word, name]) => [name, word]));
    const said = (name) => (called[name] ? `${name}: ${called[name]}` : name);
    part("protocol").append(...data.protocols.map((name) => option(name, said(name))));
    part("initializer").append(...data.initializers.map((name) => option(name, name)));
    for (const [name, { label }] of Object.entries(data.outcomes)) {
      part("outcome").append(option(name, name === label ? name : `${name}: ${label}`));
    }
    for (const field of FIELDS) part(field).value = data.defaults[field];
    if (data.questions.length) fill(0);
    offer();
  }

  const asked = () => Object.fromEntries(FIELDS.map((name) => [name, part(name).value]));

  function fill(known) {
    const { a, b, protocols } = data.questions[known];
    part("known").value = known;
    part("a").value = a;
    part("b").value = b;
    if (!protocols.includes(part("protocol").value)) part("protocol").value = protocols[0];
  }

  // A list of suggestions completes the whole of a field: each begins with the arms before.
  function offer() {
    const groups = answers.groupsAt(part("protocol").value, part("initializer").value);
    const arms = groups.flatMap((group) => group.arms);
    const aliases = Object.entries(data.aliases).filter(([, arm]) => arms.includes(arm));
    const known = [...aliases, ...arms.map((arm) => [arm, data.arms[arm]])];
    for (const side of ["a", "b"]) {
      const before = /^.*\+\s*/.exec(part(side).value)?.[0] ?? "";
      const options = known.map(([name, label]) => option(before + name, label));
      part(`${side}-arms`).replaceChildren(...options);
    }
    const [summary, list] = part("trained").children;
    summary.textContent = `The ${arms.length} arms of this protocol, from these initial weights`;
    list.replaceChildren(...groups.flatMap(({ part: name, arms: own }) => {
      const items = own.map((arm) => {
        const item = made("li", "");
        item.append(made("code", arm), data.arms[arm] ? ` ${data.arms[arm]}` : "");
        return item;
      });
      const names = made("ul", "", { className: "names" });
      names.append(...items);
      return [made("h3", `${name} (${own.length})`), names];
    }));
  }

  // ---- the answer ----------------------------------------------------------------------------

  async function show(question, { unfinished = false } = {}) {
    const mine = ++turn;
    const busy = (whether) => part("answer").setAttribute("aria-busy", whether);
    busy(true);
    let found;
    try {
      found = await answers.answer(question);
    } catch (error) {
      if (mine !== turn) return;
      busy(false);
      if (unfinished && error instanceof answers.Refusal) return;
      for (const name of ["found", "drawn", "command"]) part(name).hidden = true;
      part("refused").textContent = error.message;
      part("refused").hidden = false;
      if (!(error instanceof answers.Refusal)) throw error;
      return;
    }
    if (mine !== turn) return;
    for (const name of ["asked", "where", "difference", "interval", "pairs", "runs"]) {
      part(name).textContent = found[name];
    }
    const { protocol, initializer, outcome } = found.question;
    const [a, b] = [question.a, question.b].map((text) => `"${text.trim()}"`);
    part("command").lastElementChild.textContent =
      `make compare A=${a} B=${b} PROTOCOL=${protocol} INITIALIZER=${initializer} OUTCOME=${outcome}`;
    draw(found);
    part("refused").hidden = true;
    for (const name of ["found", "drawn", "command"]) part(name).hidden = false;
    busy(false);
    history.replaceState(null, "", `${HASH}?${new URLSearchParams(question)}`);
  }

  // Bars of one value each where the values lie on a lattice, as counts do, else of equal width.
  function barsOf(differences) {
    const sorted = Float64Array.from(differences).sort();
    const low = sorted[0];
    const high = sorted[sorted.length - 1];
    let step = Infinity;
    for (let i = 1; i < sorted.length; i++) {
      const gap = sorted[i] - sorted[i - 1];
      if (gap > data.rounding) step = Math.min(step, gap);
    }
    const places = (value) => (value - low) / step;
    const whole = sorted.every((value) => Math.abs(places(value) - Math.round(places(value))) < 1e-6);
    const single = step === Infinity || (whole && places(high) < MOST_BARS);
    if (step === Infinity) step = 1;
    else if (!single) step = (high - low) / 40;
    const first = single ? low - step / 2 : low;
    const bars = new Array(single ? Math.round((high - low) / step) + 1 : 40).fill(0);
    for (const value of sorted) {
      bars[Math.min(Math.floor((value - first) / step), bars.length - 1)] += 1;
    }
    return { bars, single, low, high, place: (value) => (value - first) / step };
  }

  function draw({ differences, own, question, pairs }) {
    const { bars, single, low, high, place } = barsOf(differences);
    const { decimals, unit } = data.outcomes[question.outcome];
    const highest = Math.max(...bars);
    const [svg, scale, caption] = part("drawn").children;
    const shape = (tag, properties) => {
      const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
      for (const [name, value] of Object.entries(properties)) element.setAttribute(name, value);
      return element;
    };
    const line = (value, name) => {
      const x = place(value);
      return shape("line", { x1: x, x2: x, y1: 0, y2: 100, class: name });
    };
    svg.setAttribute("viewBox", `0 0 ${bars.length} 100`);
    svg.setAttribute("aria-label", `Distribution of the paired differences. ${pairs}`);
    svg.replaceChildren(
      ...bars.map((n, i) => {
        const height = (97 * n) / highest;
        return shape("rect", { x: i + 0.06, y: 100 - height, width: 0.88, height });
      }),
    );
    const inside = low <= 0 && high >= 0;
    if (inside) svg.append(line(0, "zero"));
    svg.append(line(own.difference, "mean"));
    const along = (value) => (100 * place(value)) / bars.length;
    const marks = low === high ? [low] : [low, high];
    if (along(0) > 20 && along(0) < 80) marks.push(0); // else it would run into an end
    scale.replaceChildren(
      ...marks.map((value) => {
        const mark = made("span", value === 0 ? "0" : compareNumbers.printed(value, decimals));
        mark.style.left = `${along(value)}%`;
        mark.style.transform = `translateX(-${along(value)}%)`; // at either end all of it is inside
        return mark;
      }),
    );
    const share = compareNumbers.printed((100 * highest) / differences.length, 1).slice(1);
    caption.textContent =
      `The ${differences.length.toLocaleString("en")} paired differences, in ${unit}` +
      `${single ? ", a bar for each value" : ""}; the highest bar holds ${share} %. ` +
      `${inside ? "Dashed: zero. " : ""}Orange: their mean.`;
  }

  // ---- what the reader does ------------------------------------------------------------------

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    show(asked());
  });
  // While an arm is typed, what is no question yet is no mistake.
  form.addEventListener("input", (event) => {
    if (event.target === part("known")) {
      if (event.target.value !== "") fill(event.target.value);
    } else if (event.target.matches("input")) part("known").value = "";
    offer();
    show(asked(), { unfinished: event.target.matches("input") });
  });
  form.addEventListener("change", (event) => {
    if (event.target.matches("input")) show(asked());
  });

  function open() {
    const [name, query] = location.hash.split("?");
    if (name !== HASH) return;
    if (!data) start();
    if (query === undefined) {
      show(asked());
      return;
    }
    const question = { ...data.defaults, ...Object.fromEntries(new URLSearchParams(query)) };
    question.protocol = data.called[question.protocol] ?? question.protocol;
    for (const field of FIELDS) part(field).value = question[field];
    part("known").value = "";
    offer();
    show(question);
  }
  addEventListener("hashchange", open);
  open();
})();
