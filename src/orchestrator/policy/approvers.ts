import type { Policy, Rule } from './schema.ts';

/** Whoever holds the login link; always exists, always may approve. */
export const OWNER = 'owner';

/** Who may approve when these rules ask, and how many must: each rule can only narrow. */
export function eligibleApprovers(
  policy: Policy,
  asking: readonly Pick<Rule, 'approvers' | 'quorum'>[],
  author: string | null = null,
): { readonly approvers: readonly string[]; readonly quorum: number } {
  const narrowed = asking.flatMap(({ approvers }) => (approvers ? [approvers] : []));
  const everyone = [...new Set([OWNER, ...policy.approvers])];
  const approvers = everyone
    .filter((person) => person === OWNER || narrowed.every((allowed) => allowed.includes(person)))
    .filter((person) => policy.selfApproval || person !== author);
  return { approvers, quorum: Math.max(1, ...asking.map(({ quorum }) => quorum ?? 1)) };
}

export interface PolicyProblem {
  /** Where in the file. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** I7: what would leave nobody, or too few, who may approve. `people` are the ids in `company.yaml`. */
export function approverProblems(policy: Policy, people: readonly string[]): readonly PolicyProblem[] {
  const known = [OWNER, ...people];
  const problems: PolicyProblem[] = [];
  const check = (path: readonly (string | number)[], named: readonly string[], allowed: readonly string[], expected: string) => {
    for (const [index, person] of named.entries())
      if (!allowed.includes(person)) problems.push({ path: [...path, index], message: `expected ${expected} (${allowed.join(', ')}), found ${person}` });
  };
  check(['approvers'], policy.approvers, known, 'a person of company.yaml');
  check(['approval', 'escalate', 'to'], policy.approval.escalate?.to ?? [], known, 'a person of company.yaml');

  const everyone = [...new Set([OWNER, ...policy.approvers])];
  const tooFew = (asking: readonly Rule[]): string | null => {
    const { approvers, quorum } = eligibleApprovers(policy, asking);
    const left = approvers.length - (policy.selfApproval ? 0 : 1);
    if (left >= quorum) return null;
    return `expected at least ${quorum} who may approve${policy.selfApproval ? '' : ' beside whoever asked for it (selfApproval: false)'}, found ${left} (of ${approvers.join(', ')})`;
  };
  const without = tooFew([]);
  if (without !== null) problems.push({ path: ['selfApproval'], message: without });
  for (const [index, rule] of policy.rules.entries()) {
    check(['rules', index, 'approvers'], rule.approvers ?? [], everyone, 'one of the approvers at the top');
    if (rule.approvers === undefined && rule.quorum === undefined) continue;
    const message = tooFew([rule]);
    if (message !== null) problems.push({ path: ['rules', index, rule.quorum === undefined ? 'approvers' : 'quorum'], message });
  }
  return problems;
}
