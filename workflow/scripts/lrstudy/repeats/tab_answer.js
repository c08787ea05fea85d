// What `lrstudy.repeats.compare` does, on what `lrstudy.repeats.embedded` kept.
const compareAnswers = (data) => {
  class Refusal extends Error {}
  const refuse = (message) => {
    throw new Refusal(message);
  };

  const { unpack, rounded, printed, sum, mean } = compareNumbers;

  async function valuesOf(group, outcome) {
    const { values, distinct, codes } = group.outcomes[outcome];
    if (values) return unpack(values);
    const known = await unpack(distinct);
    return Float64Array.from(await unpack(codes), (code) => known[code]);
  }

  // ---- the question ------------------------------------------------------------------------

  // The known names most like one, by the pairs of letters that they share.
  function nearest(found, known) {
    const pairs = (text) => new Set([...text].slice(1).map((letter, i) => text[i] + letter));
    const own = pairs(found);
    const like = (name) => {
      const others = pairs(name);
      return (2 * [...own].filter((pair) => others.has(pair)).length) / (own.size + others.size);
    };
    const scored = known.map((name) => [like(name), name]).filter(([score]) => score >= 0.6);
    const best = scored.sort(([one], [other]) => other - one).slice(0, 3);
    return best.length ? `; nearest: ${best.map(([, name]) => name).join(", ")}` : "";
  }

  function oneOf(key, found, known) {
    if (known.includes(found)) return found;
    const near = known.length > 12 ? nearest(found, known) : `, expected ${known.join(", ")}`;
    return refuse(`${key}: found '${found}', which this study does not have${near}`);
  }

  function side(key, text) {
    const names = text.split("+").map((name) => name.trim());
    if (names.includes("")) {
      refuse(
        `${key}: expected an arm, or several with + between, as in A=step B=constant_m09, ` +
          `found '${text}'`,
      );
    }
    const known = [...Object.keys(data.aliases), ...Object.keys(data.arms)];
    return names.map((name) => oneOf(key, name, known)).map((name) => data.aliases[name] ?? name);
  }

  function read({ a, b, protocol, initializer, outcome }) {
    const question = {
      a: side("A", a),
      b: side("B", b),
      protocol: oneOf("PROTOCOL", protocol, data.protocols),
      initializer: oneOf("INITIALIZER", initializer, data.initializers),
      outcome: oneOf("OUTCOME", outcome, Object.keys(data.outcomes)),
    };
    if (question.a.length !== question.b.length) {
      refuse(`expected as many arms in B as in A (${question.a.length}), found '${b}'`);
    }
    return question;
  }

  // ---- both sides, replicate by replicate --------------------------------------------------

  const groupsAt = (protocol, initializer) =>
    data.groups.filter((g) => g.protocol === protocol && g.initializer === initializer);

  function groupOf(arm, { protocol, initializer }) {
    const found = groupsAt(protocol, initializer).find((group) => group.arms.includes(arm));
    return found ?? refuse(`${arm}: expected networks on ${protocol} from ${initializer}, found none`);
  }

  function checkOutcome(group, outcome) {
    if (outcome in group.outcomes) return;
    if (data.outcomes[outcome].of_level) {
      refuse(`${outcome}: expected networks of the baseline, found none`);
    }
    refuse(`${outcome}: this page does not hold it for the arms of ${group.part}; make compare does`);
  }

  async function pairUp(question, names) {
    const { a, b, outcome, protocol } = question;
    const groups = new Map([...a, ...b].map((arm) => [arm, groupOf(arm, question)]));
    for (const group of groups.values()) checkOutcome(group, outcome);
    const seeds = new Map();
    for (const group of groups.values()) {
      const numbers = await unpack(group.replicates);
      const places = new Map([...numbers].map((number, i) => [number, i]));
      seeds.set(group, { numbers, places, splits: await unpack(group.splits) });
    }
    const all = [...groups.values()];
    const size = (group) => seeds.get(group).numbers.length;
    const fewest = all.reduce((least, group) => (size(group) < size(least) ? group : least));
    const { numbers, splits } = seeds.get(fewest);
    for (const group of all) {
      const own = seeds.get(group);
      const same = (number, i) => own.splits[own.places.get(number)] === splits[i];
      if (!numbers.every(same)) {
        const shared = numbers.filter((number) => own.places.has(number));
        refuse(
          `${names} on ${data.dataset}, ${protocol}: its arms have ${numbers.length} and ` +
            `${size(group)} replicates, of which ${shared.length} are shared, expected all of ` +
            "the arm with the fewest, on the same splits",
        );
      }
    }
    const total = new Float64Array(numbers.length);
    for (const [sign, arms] of [[1, a], [-1, b]]) {
      const added = new Float64Array(numbers.length);
      for (const arm of arms) {
        const group = groups.get(arm);
        const values = await valuesOf(group, outcome);
        const start = group.arms.indexOf(arm) * size(group);
        const { places } = seeds.get(group);
        numbers.forEach((number, i) => (added[i] += values[start + places.get(number)]));
      }
      added.forEach((value, i) => (total[i] += sign * value));
    }
    const differences = total.map((value) => (Math.abs(value) <= data.rounding ? 0 : value));
    const drawn = new Set(splits).size > 1;
    const clusters = new Map();
    differences.forEach((value, i) => {
      const cluster = drawn ? splits[i] : numbers[i];
      clusters.set(cluster, [...(clusters.get(cluster) ?? []), value]);
    });
    const ofReplicates = !drawn || numbers.every((number, i) => number === splits[i]);
    return { groups, fewest, differences, means: [...clusters.values()].map(mean), ofReplicates };
  }

  function ownAnswer({ fewest, differences, means }) {
    const n = means.length;
    if (n < 2) refuse(`an interval needs at least 2 replicates or splits, found ${n}`);
    const centre = mean(means);
    const flat = Math.max(...means) - Math.min(...means) <= data.rounding;
    const variance = flat ? 0 : sum(means.map((value) => (value - centre) ** 2)) / (n - 1);
    const reach = fewest.reach[n] * (Math.sqrt(variance) / Math.sqrt(n));
    const difference = mean(differences);
    return { difference, low: difference - reach, high: difference + reach };
  }

  // ---- the repeats: on which side of zero the interval of each lies --------------------------

  const sideOf = ({ low, high }) => (low > 0 ? 1 : high < 0 ? -1 : 0);

  async function sidesInRepeats({ a, b, outcome }, { groups, differences, means }) {
    if (!data.repeats.length) return [];
    const used = [...new Set(groups.values())];
    const parts = used.map((group) => group.part).sort();
    if (parts.length > 1) refuse(`repeats keep no products across parts (${parts.join(", ")})`);
    if (means.length < differences.length) refuse("repeats keep no splits that replicates share");
    if (!(outcome in data.kept)) {
      refuse(`repeats keep ${Object.keys(data.kept).join(", ")}, not ${outcome}`);
    }
    const [group] = used;
    const m = group.arms.length;
    const weights = new Array(m).fill(0);
    for (const arm of a) weights[group.arms.indexOf(arm)] += 1;
    for (const arm of b) weights[group.arms.indexOf(arm)] -= 1;
    const places = [...weights.keys()].filter((i) => weights[i]);
    if (!places.length) return data.repeats.map(() => 0);
    const kept = group.repeats[outcome];
    if (!kept) {
      const place = `${group.part} ${data.dataset} ${group.protocol}, ${data.kept[outcome]}`;
      refuse(`${place}: products of two cells are kept for n_correct`);
    }
    // Of a triangle of an m by m matrix, row by row, with its diagonal or without.
    const at = (i, j) => i * m - (i * (i - 1)) / 2 + j - i;
    if (kept.winners) {
      if (places.length > 2) {
        refuse(`of ${group.part} this page keeps two arms at a time; make compare takes sums`);
      }
      const [i, j] = places;
      const winners = await unpack(kept.winners);
      const pair = at(i, j) - i - 1;
      const all = (m * (m - 1)) / 2;
      return data.repeats.map((_, k) => Math.sign(weights[i]) * winners[k * all + pair]);
    }
    const [totals, centres, products] = await Promise.all(
      ["totals", "centres", "products"].map((name) => unpack(kept[name])),
    );
    const { n, unit } = kept;
    return data.repeats.map((_, k) => {
      const off = (i) => totals[k * m + i] - n * centres[k * m + i];
      let difference = 0;
      let squares = 0;
      for (const i of places) {
        difference += (weights[i] * totals[k * m + i]) / n;
        for (const j of places) {
          const product = products[(k * m * (m + 1)) / 2 + at(Math.min(i, j), Math.max(i, j))];
          squares += weights[i] * weights[j] * (product - (off(i) * off(j)) / n);
        }
      }
      const variance = Math.max(squares, 0) / (n - 1);
      const reach = group.reach[n] * unit * Math.sqrt(variance / n);
      return sideOf({ low: unit * difference - reach, high: unit * difference + reach });
    });
  }

  async function runsTold(question, pairs, own) {
    let sides;
    try {
      sides = await sidesInRepeats(question, pairs);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return `this one alone: ${error.message}`;
    }
    const sign = own.difference < 0 ? -1 : 1;
    const every = [["this one", sideOf(own)], ...sides.map((s, k) => [`repeat ${data.repeats[k]}`, s])];
    const agree = every.filter(([, found]) => found === sign).map(([name]) => name);
    return (
      `in ${agree.length} of ${every.length} the sign is this one's and the interval excludes ` +
      `zero: ${agree.join(", ") || "none"}`
    );
  }

  // ---- the answer, in the words of `make compare` ------------------------------------------

  async function answer(asked) {
    const question = read(asked);
    const { protocol, initializer, outcome } = question;
    const { label, unit, decimals } = data.outcomes[outcome];
    const names = [question.a, question.b].map((arms) => arms.join(" + ")).join(" less ");
    const pairs = await pairUp(question, names);
    const own = ownAnswer(pairs);
    const { differences, means } = pairs;
    const n = differences.length;
    const share = (holds) => rounded(100 * (differences.filter(holds).length / n), 1).text;
    const kind = pairs.ofReplicates && protocol !== "resample" ? "replicates" : "splits";
    const confidence = Number((100 * data.confidence).toPrecision(6));
    return {
      question,
      own,
      differences,
      asked: names,
      where: `${label}, ${protocol}, ${initializer}`,
      difference: `${printed(own.difference, decimals)} ${unit}`,
      interval:
        `${printed(own.low, decimals)} to ${printed(own.high, decimals)} (${confidence} %, ` +
        `Student's t over ${means.length.toLocaleString("en")} ${kind})`,
      pairs:
        `${n.toLocaleString("en")}: A higher in ${share((d) => d > 0)} %, ` +
        `tied in ${share((d) => d === 0)} %, lower in ${share((d) => d < 0)} %`,
      runs: await runsTold(question, pairs, own),
    };
  }

  return { answer, groupsAt, Refusal };
};
