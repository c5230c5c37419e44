import type { Intent, Policy, PolicyView } from "./queries";

/** The policy of a view alone, as it is sent back. */
export function policyOf(v: PolicyView): Policy {
  const { unitId: _unit, fromUnitId: _from, own: _own, version: _version, ...policy } = v;
  return { ...policy, compatible: policy.compatible.filter((pair) => pair !== null) };
}

const same = (pair: string[] | null, a: Intent, b: Intent) =>
  pair !== null && ((pair[0] === a && pair[1] === b) || (pair[0] === b && pair[1] === a));

/** Whether two intents may share an environment of a capacity above one. */
export function compatible(p: Pick<Policy, "compatible">, a: Intent, b: Intent): boolean {
  return p.compatible.some((pair) => same(pair, a, b));
}

export function togglePair(p: Pick<Policy, "compatible">, a: Intent, b: Intent): Policy["compatible"] {
  const rest = p.compatible.filter((pair) => !same(pair, a, b));
  return rest.length < p.compatible.length ? rest : [...rest, [a, b]];
}
