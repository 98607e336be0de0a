import type { ProgramState, SourceHealth } from '../../source/source.ts'

/** What a source says of itself, with what was counted by those before it. */
export function withPast(past: SourceHealth | undefined, now: SourceHealth): SourceHealth {
  if (past === undefined) return now
  const { netlink, answers } = now
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
    ...(netlink !== undefined && {
      netlink: {
        ...netlink,
        failures: netlink.failures + (past.netlink?.failures ?? 0),
        overruns: netlink.overruns + (past.netlink?.overruns ?? 0),
      },
    }),
  }
}

function answersWithPast(
  past: SourceHealth['answers'],
  now: NonNullable<SourceHealth['answers']>,
): NonNullable<SourceHealth['answers']> {
  return { read: now.read + (past?.read ?? 0), lost: now.lost + (past?.lost ?? 0) }
}

function missedBefore(programs: readonly ProgramState[], { name }: ProgramState): number {
  return programs.find((one) => one.name === name)?.missed ?? 0
}
