/**
 * The probability that the samples come from the distribution function `cdf` and differ from it as much as they do by
 * chance: the one-sample Kolmogorov–Smirnov test.
 */
export function ksOneSample(
  samples: readonly number[],
  cdf: (x: number) => number,
): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const n = sorted.length;
  const distance = sorted.reduce((largest, x, i) => {
    const p = cdf(x);
    return Math.max(largest, p - i / n, (i + 1) / n - p);
  }, 0);
  return probability(distance, n);
}

/** The probability that two samples of one distribution differ as much as these do: the two-sample test. */
export function ksTwoSample(
  a: readonly number[],
  b: readonly number[],
): number {
  const x = a.toSorted((p, q) => p - q);
  const y = b.toSorted((p, q) => p - q);
  let [i, j, distance] = [0, 0, 0];
  while (i < x.length && j < y.length) {
    const value = Math.min(x[i]!, y[j]!);
    while (i < x.length && x[i]! <= value) i++;
    while (j < y.length && y[j]! <= value) j++;
    distance = Math.max(distance, Math.abs(i / x.length - j / y.length));
  }
  return probability(distance, x.length * y.length / (x.length + y.length));
}

/** Kolmogorov's distribution, with the usual correction for finite samples (Stephens, 1970). */
function probability(distance: number, n: number): number {
  const lambda = (Math.sqrt(n) + 0.12 + 0.11 / Math.sqrt(n)) * distance;
  if (lambda < 0.2) return 1;
  let sum = 0;
  for (let k = 1; k <= 100; k++) {
    sum += (k % 2 === 1 ? 2 : -2) * Math.exp(-2 * k * k * lambda * lambda);
  }
  return Math.min(1, Math.max(0, sum));
}
