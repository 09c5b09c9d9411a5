/** The value below which a share of the samples lies. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const index = Math.min(sorted.length - 1, Math.floor(share * sorted.length));
  return sorted[index]!;
}

/** The value in the middle. */
export function median(samples: readonly number[]): number {
  return quantile(samples, 0.5);
}

/** Arithmetic mean. */
export function mean(samples: readonly number[]): number {
  return samples.reduce((sum, value) => sum + value, 0) / samples.length;
}

/**
 * How far the median of so many samples is off by chance: the standard error of a mean, and a quarter more, as for a normal
 * distribution.
 */
export function medianError(samples: readonly number[]): number {
  const middle = mean(samples);
  const variance = mean(samples.map((value) => (value - middle) ** 2));
  return 1.25 * Math.sqrt(variance / samples.length);
}

/** An exponential with this mean. */
export function exponential(mean: number): number {
  return -mean * Math.log(1 - Math.random());
}

/** A probability or ratio with two digits that count. */
export function figure(value: number): string {
  return value >= 100
    ? value.toFixed(0)
    : value >= 10
    ? value.toFixed(1)
    : value.toFixed(2);
}
