/**
 * The answers of the session that the page shows. Requests and answers are documented in `explorer/__init__.py`.
 *
 * @typedef {string | number | boolean} Value
 * @typedef {Record<string, Value>} Inputs
 * @typedef {{action: string, place: string, inputs: Inputs}} Step
 * @typedef {{refusal: string, says: string, error_code: string | null, clause: string, clause_says: string,
 *   places: string[], transient: boolean}} Reason
 * @typedef {{outcome: string, changes: string[], reasons: Reason[]}} Result
 * @typedef {{name: string, label: string, values: Value[], usual: Value, kind: string, words: Record<string, string>}} Input
 * @typedef {{action: string, says: string, by: string, operations: string[], place: string, inputs: Input[],
 *   given: Inputs}} ActionHead
 * @typedef {ActionHead & Result} Action
 * @typedef {{variable: string, label: string, place: string, value: Value, says: string, changed: boolean}} Fact
 * @typedef {{id: string, says: string, kind: string, clauses: string[], status: string, since?: number}} Property
 * @typedef {{id: string, says: string}} Clause
 * @typedef {{text: string, clauses: Clause[], assumptions: string[]}} Last
 * @typedef {{assume?: Record<string, string>, without?: string[], extensions?: string[]}} Rules
 * @typedef {{at: number, steps: (Step & Result)[], account: Fact[], places: string[][], actions: Action[],
 *   properties: Property[], last: Last | null, branch: number, branches: number, rules: Rules, inputs: Inputs,
 *   link: string, role: string, warning?: string, title?: string, story?: string, rest: any, number: number}} View
 * @typedef {{verdict: string, steps: Step[], explored: number, shortest: boolean, says: string}} Way
 * @typedef {Record<string, any> & {error?: string}} Answer
 * @typedef {{ask: (request: Record<string, any>) => Promise<Answer>, cancel?: () => void, share?: (link: string) => string,
 *   progress?: (says: (text: string) => void) => void}} Host
 */
export {};
