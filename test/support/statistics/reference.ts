/**
 * Outputs of reference implementations and published tables. Made with SciPy 1.17.1, NumPy 2.4.6 and statsmodels
 * 0.15.0; each entry says with which function.
 */

/**
 * Without ties: `scipy.stats.mannwhitneyu(method='exact', alternative='two-sided')`. With ties (where that function is
 * not exact): `scipy.stats.permutation_test` of the midrank sum over all splits. The one with 35 is the example of
 * Hollander and Wolfe 1973, Nonparametric Statistical Methods, page 110, also in R's help page of wilcox.test.
 */
export const mannWhitneyCases: { first: number[]; second: number[]; u: number; p: number }[] = [
  { first: [1, 2, 3], second: [4, 5, 6], u: 0, p: 0.1 },
  { first: [1, 2, 3, 4, 5], second: [6, 7, 8, 9, 10], u: 0, p: 0.007936507936507936 },
  { first: [1.1, 2.2, 7.5, 4.4, 9.9], second: [3.3, 5.5, 6.6, 8.8, 2], u: 12, p: 1 },
  {
    first: [0.8, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46],
    second: [1.15, 0.88, 0.9, 0.74, 1.21],
    u: 35,
    p: 0.2544122544122544,
  },
  { first: [5, 5, 5, 5, 5], second: [5, 5, 5, 5, 5], u: 12.5, p: 1 },
  { first: [1, 1, 2, 2, 3], second: [2, 3, 3, 4, 4], u: 3, p: 0.07936507936507936 },
  { first: [0, 0, 0, 1, 2], second: [0, 3, 3, 3, 5], u: 3.5, p: 0.07142857142857142 },
  { first: [1, 2], second: [1, 1, 1, 2, 5, 9], u: 5, p: 1 },
  { first: [3, 1, 2, 2, 2, 7], second: [4, 4, 4, 9], u: 3, p: 0.06666666666666667 },
  { first: [12, 11, 10], second: [11, 14, 15, 16, 11], u: 3, p: 0.25 },
]

/**
 * Largest U that is significant at two-sided 5 % with that many values in each sample, none for sizes below 4: the
 * table of critical values printed in textbooks, e.g. Siegel 1956, Nonparametric Statistics, table K.
 */
export const criticalU: readonly (readonly [size: number, u: number])[] = [
  [4, 0],
  [5, 2],
  [6, 5],
  [7, 8],
  [8, 13],
  [9, 17],
  [10, 23],
  [15, 64],
  [20, 127],
]

/** `numpy.quantile`, default method. */
export const quantileCases: { values: number[]; q: number; value: number }[] = [
  { values: [3], q: 0, value: 3 },
  { values: [3], q: 0.025, value: 3 },
  { values: [3], q: 0.25, value: 3 },
  { values: [3], q: 0.5, value: 3 },
  { values: [3], q: 0.9, value: 3 },
  { values: [3], q: 1, value: 3 },
  { values: [1, 2], q: 0, value: 1 },
  { values: [1, 2], q: 0.025, value: 1.025 },
  { values: [1, 2], q: 0.25, value: 1.25 },
  { values: [1, 2], q: 0.5, value: 1.5 },
  { values: [1, 2], q: 0.9, value: 1.9 },
  { values: [1, 2], q: 1, value: 2 },
  { values: [5, 1, 4], q: 0, value: 1 },
  { values: [5, 1, 4], q: 0.025, value: 1.15 },
  { values: [5, 1, 4], q: 0.25, value: 2.5 },
  { values: [5, 1, 4], q: 0.5, value: 4 },
  { values: [5, 1, 4], q: 0.9, value: 4.8 },
  { values: [5, 1, 4], q: 1, value: 5 },
  { values: [9.5, 2.25, 7, 7, 1, 0.5], q: 0, value: 0.5 },
  { values: [9.5, 2.25, 7, 7, 1, 0.5], q: 0.025, value: 0.5625 },
  { values: [9.5, 2.25, 7, 7, 1, 0.5], q: 0.25, value: 1.3125 },
  { values: [9.5, 2.25, 7, 7, 1, 0.5], q: 0.5, value: 4.625 },
  { values: [9.5, 2.25, 7, 7, 1, 0.5], q: 0.9, value: 8.25 },
  { values: [9.5, 2.25, 7, 7, 1, 0.5], q: 1, value: 9.5 },
  { values: [10, 20, 30, 40, 50, 60, 70], q: 0, value: 10 },
  { values: [10, 20, 30, 40, 50, 60, 70], q: 0.025, value: 11.5 },
  { values: [10, 20, 30, 40, 50, 60, 70], q: 0.25, value: 25 },
  { values: [10, 20, 30, 40, 50, 60, 70], q: 0.5, value: 40 },
  { values: [10, 20, 30, 40, 50, 60, 70], q: 0.9, value: 64 },
  { values: [10, 20, 30, 40, 50, 60, 70], q: 1, value: 70 },
]

/** `statsmodels.stats.multitest.multipletests(method='holm')`. */
export const holmCases: { p: number[]; adjusted: number[] }[] = [
  { p: [0.01, 0.04, 0.03, 0.005], adjusted: [0.03, 0.06, 0.06, 0.02] },
  { p: [0.0079, 0.0159, 0.69], adjusted: [0.023700000000000002, 0.0318, 0.69] },
  { p: [0.5], adjusted: [0.5] },
  { p: [0.04, 0.04, 0.04], adjusted: [0.12, 0.12, 0.12] },
  { p: [0.9, 0.95, 0.6], adjusted: [1, 1, 1] },
]

/**
 * 95 % percentile intervals of the ratio of medians. `scipy.stats.bootstrap(method='percentile')` with 200,000
 * resamples and the closed form of the resampled median (Efron 1979, Annals of Statistics 7(1), remark in section 3)
 * give the same ends.
 */
export const bootstrapCases: { arm: number[]; base: number[]; low: number; high: number }[] = [
  {
    arm: [9.1, 9.8, 10.2, 10.9, 11.7],
    base: [5.1, 5.6, 5.9, 6.3, 6.9],
    low: 1.4444444444444444,
    high: 2.0892857142857144,
  },
  {
    arm: [88, 93, 97, 100, 112, 120, 131],
    base: [85, 90, 99, 101, 104, 110, 140],
    low: 0.8712871287128713,
    high: 1.2444444444444445,
  },
]
