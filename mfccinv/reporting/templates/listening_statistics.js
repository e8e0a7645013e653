// Statistics of a listening test, of one listener.

const NORMAL_95 = 1.959963984540054; // standard deviations on either side of the mean that hold 95 %

/** Probability that `n` tosses of a coin fall at least as far from half and half as `k` (exact binomial, two-sided). */
function binomialProbability(k, n) {
  let one = 0.5 ** n; // probability of no heads
  let tail = 0;
  for (let heads = 0; heads <= Math.min(k, n - k); heads++) {
    tail += one;
    one *= (n - heads) / (heads + 1);
  }
  return Math.min(1, 2 * tail);
}

/** 95 % interval of a share of `k` in `n` (Wilson, Probable inference, 1927); null of none. */
function wilsonInterval(k, n) {
  if (n === 0) return null;
  const squared = NORMAL_95 ** 2;
  const middle = k + squared / 2;
  const width = NORMAL_95 * Math.sqrt((k * (n - k)) / n + squared / 4);
  return [(middle - width) / (n + squared), (middle + width) / (n + squared)];
}

/** Probability that |t| is below a value, by Student's distribution (Abramowitz and Stegun, 1964, 26.7.3 and 4). */
function studentProbability(t, degrees) {
  const angle = Math.atan(t / Math.sqrt(degrees));
  const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
  const is_odd = degrees % 2 === 1;
  let term = is_odd ? cosine : 1;
  let sum = degrees === 1 ? 0 : term;
  for (let i = is_odd ? 2 : 1; i < degrees - 2; i += 2) {
    term *= (cosine ** 2 * i) / (i + 1);
    sum += term;
  }
  return is_odd ? (2 / Math.PI) * (angle + sine * sum) : sine * sum;
}

/** How many standard errors on either side of the mean hold 95 %, by Student's distribution. */
function studentQuantile(degrees) {
  let [low, high] = [0, 13]; // that of one degree is 12.7
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (studentProbability(middle, degrees) < 0.95) low = middle;
    else high = middle;
  }
  return high;
}

/** Mean of values, and its 95 % interval; null of a single one. */
function meanInterval(values) {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  if (n < 2) return { mean, interval: null };
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  const width = studentQuantile(n - 1) * Math.sqrt(variance / n);
  return { mean, interval: [mean - width, mean + width] };
}

/** What came of a test, of the rows of its trials; `methods` in the order to be told. */
function summary({ test, methods, rows }) {
  if (test === "abx") {
    const right = rows.filter((row) => row.right).length;
    return { right, trials: rows.length, probability: binomialProbability(right, rows.length) };
  }
  if (test === "preference") {
    const count = (answer) => rows.filter((row) => row.answer === answer).length;
    const [first, second] = methods.map(count);
    return {
      preferred: Object.fromEntries(methods.map((method) => [method, count(method)])),
      none: count(NO_PREFERENCE),
      trials: rows.length,
      interval: wilsonInterval(first, first + second), // of the share of the first method
      probability: binomialProbability(first, first + second),
    };
  }
  const ratings = (method) => rows.filter((row) => row.method === method).map((row) => row.rating);
  return { ratings: Object.fromEntries(methods.map((method) => [method, meanInterval(ratings(method))])) };
}
