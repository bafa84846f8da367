/** A phone as an attacker sees it: what was measured, and whether it belongs to the first class. */
export interface Observation {
  features: number[];
  first: boolean;
}

type Classifier = (training: Observation[]) => (features: number[]) => boolean;

/**
 * The share of observations that each classifier assigns to the right class. It is trained on one half and tested on the
 * other, then the other way round, so each observation is tested once. Without a difference between the classes the
 * share is about one half.
 */
export function accuracies(observations: Observation[]): Record<string, number> {
  const halves = [0, 1].map((half) => observations.filter((_, index) => index % 2 === half)) as [
    Observation[],
    Observation[],
  ];
  return Object.fromEntries(
    Object.entries(CLASSIFIERS).map(([name, train]) => {
      const right = halves.flatMap((training, half) => {
        const isFirst = train(training);
        return (halves[1 - half] as Observation[]).map(({ features, first }) => isFirst(features) === first);
      });
      return [name, right.filter(Boolean).length / right.length];
    }),
  );
}

/** Decides by one threshold of the one feature that separates the training set best. */
const byOneFeature: Classifier = (training) => {
  let best = { score: 0, feature: 0, threshold: 0, above: true };
  for (const feature of indexes(training)) {
    const sorted = training.toSorted((one, other) => valueOf(one.features, feature) - valueOf(other.features, feature));
    let right = training.filter(({ first }) => first).length; // everything is above the threshold
    for (const [index, { features, first }] of sorted.entries()) {
      right += first ? -1 : 1;
      const value = valueOf(features, feature);
      const next = sorted[index + 1];
      if (next && valueOf(next.features, feature) === value) continue;
      for (const above of [true, false]) {
        const score = above ? right : training.length - right;
        if (score > best.score) best = { score, feature, threshold: value, above };
      }
    }
  }
  return (features) => valueOf(features, best.feature) > best.threshold === best.above;
};

/** Logistic regression over all features. */
const logistic: Classifier = (training) => {
  const scale = standardize(training);
  const rows = training.map(({ features, first }) => ({ x: scale(features), y: first ? 1 : 0 }));
  const weights = Array.from({ length: (rows[0]?.x.length ?? 0) + 1 }, () => 0);
  const score = (x: number[]) =>
    x.reduce((sum, value, index) => sum + value * valueOf(weights, index + 1), valueOf(weights, 0));
  for (let step = 0; step < 300; step += 1) {
    const slope = weights.map((weight, index) => (index === 0 ? 0 : -0.05 * weight));
    for (const { x, y } of rows) {
      const error = (y - 1 / (1 + Math.exp(-score(x)))) / rows.length;
      slope[0] = valueOf(slope, 0) + error;
      for (const [index, value] of x.entries()) slope[index + 1] = valueOf(slope, index + 1) + error * value;
    }
    for (const index of weights.keys()) weights[index] = valueOf(weights, index) + 0.5 * valueOf(slope, index);
  }
  return (features) => score(scale(features)) > 0;
};

/** The class of most of the fifteen most similar phones. */
const nearest: Classifier = (training) => {
  const scale = standardize(training);
  const known = training.map(({ features, first }) => ({ x: scale(features), first }));
  return (features) => {
    const x = scale(features);
    const distance = (other: number[]) =>
      other.reduce((sum, value, index) => sum + (value - valueOf(x, index)) ** 2, 0);
    const votes = known
      .map((one) => ({ first: one.first, distance: distance(one.x) }))
      .toSorted((one, other) => one.distance - other.distance)
      .slice(0, 15);
    return votes.filter(({ first }) => first).length > 7;
  };
};

const CLASSIFIERS: Record<string, Classifier> = { byOneFeature, logistic, nearest };

const valueOf = (values: number[], index: number): number => values[index] ?? 0;
const indexes = (observations: Observation[]): number[] => [...(observations[0]?.features.keys() ?? [])];

/** Gives each feature the mean 0 and the deviation 1 of the training set. */
function standardize(training: Observation[]): (features: number[]) => number[] {
  const scales = indexes(training).map((index) => {
    const values = training.map(({ features }) => valueOf(features, index));
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
    return { mean, deviation: deviation || 1 };
  });
  return (features) => scales.map(({ mean, deviation }, index) => (valueOf(features, index) - mean) / deviation);
}
