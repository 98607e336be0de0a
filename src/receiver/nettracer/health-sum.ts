import type {
  EdgeCounts,
  NatHealth,
  NetlinkHealth,
  ProgramState,
  SourceHealth,
} from '../../source/source.ts'

/** What a source says of itself, with what was counted by those before it. */
export function withPast(past: SourceHealth | undefined, now: SourceHealth): SourceHealth {
  if (past === undefined) return now
  const { netlink, answers, edges, nat } = now
  return {
    ...now,
    records: past.records + now.records,
    ringFull: past.ringFull + now.ringFull,
    lost: past.lost + now.lost,
    responsesLost: past.responsesLost + now.responsesLost,
    undescribed: past.undescribed + now.undescribed,
    endsMissed: past.endsMissed + now.endsMissed,
    untoldEnds: (past.untoldEnds ?? 0) + (now.untoldEnds ?? 0),
    unknownRecords: past.unknownRecords + now.unknownRecords,
    flowTableResets: past.flowTableResets + now.flowTableResets,
    programs: now.programs.map((program) => ({
      ...program,
      missed: program.missed + missedBefore(past.programs, program),
    })),
    ...(answers !== undefined && { answers: answersWithPast(past.answers, answers) }),
    ...(edges !== undefined && { edges: edgesWithPast(past.edges, edges) }),
    ...(nat !== undefined && { nat: natWithPast(past.nat, nat) }),
    ...(netlink !== undefined && { netlink: netlinkWithPast(past.netlink, netlink) }),
  }
}

function answersWithPast(
  past: SourceHealth['answers'],
  now: NonNullable<SourceHealth['answers']>,
): NonNullable<SourceHealth['answers']> {
  return { read: now.read + (past?.read ?? 0), lost: now.lost + (past?.lost ?? 0) }
}

function netlinkWithPast(past: NetlinkHealth | undefined, now: NetlinkHealth): NetlinkHealth {
  if (past === undefined) return now
  return {
    ...now,
    failures: now.failures + past.failures,
    overruns: now.overruns + past.overruns,
  }
}

function edgesWithPast(past: EdgeCounts | undefined, now: EdgeCounts): EdgeCounts {
  if (past === undefined) return now
  return { untold: now.untold + past.untold, leftOut: now.leftOut + past.leftOut }
}

function natWithPast(past: NatHealth | undefined, now: NatHealth): NatHealth {
  if (past === undefined) return now
  return {
    ...now,
    entries: past.entries + now.entries,
    missed: past.missed + now.missed,
    overruns: past.overruns + now.overruns,
    dumps: past.dumps + now.dumps,
    failures: past.failures + now.failures,
  }
}

function missedBefore(programs: readonly ProgramState[], { name }: ProgramState): number {
  return programs.find((one) => one.name === name)?.missed ?? 0
}
