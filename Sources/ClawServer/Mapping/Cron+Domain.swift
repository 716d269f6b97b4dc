import ClawCore
import ClawProtocol

extension CronJobInfo {
  init(_ job: CronJob) {
    self.init(
      id: job.id.rawValue, name: job.spec.name, agentId: job.spec.agent.rawValue, userId: job.user.rawValue,
      enabled: job.isEnabled, schedule: CronSchedule(job.spec.schedule), message: job.spec.message,
      deliver: job.spec.deliver, channel: job.spec.channel, to: job.spec.to, misfire: job.spec.misfire.rawValue,
      state: State(
        nextRunAtMs: job.nextRunAt?.milliseconds, lastRunAtMs: job.lastRunAt?.milliseconds,
        lastStatus: job.lastStatus?.rawValue, lastError: job.lastError),
      createdAtMs: job.createdAt.milliseconds, updatedAtMs: job.updatedAt.milliseconds)
  }
}

extension CronSchedule {
  init(_ schedule: Schedule) {
    switch schedule {
    case .at(let time): self = .at(milliseconds: time.milliseconds)
    case .every(let milliseconds): self = .every(milliseconds: milliseconds)
    case .cron(let expression, let zone): self = .cron(expression, zone: zone)
    case .unknown(let kind, _): self.init(kind: kind)
    }
  }
}

extension Schedule {
  /// - Throws: `invalidRequest` if the kind is unknown or lacks its field. The service validates the times.
  init(_ schedule: CronSchedule) throws(ClawError) {
    switch (schedule.kind, schedule.atMs, schedule.everyMs, schedule.expr) {
    case ("at", let time?, _, _): self = .at(time: Timestamp(milliseconds: time))
    case ("every", _, let interval?, _): self = .every(milliseconds: interval)
    case ("cron", _, _, let expression?): self = .cron(expression: expression, zone: schedule.tz ?? "UTC")
    case ("at", nil, _, _): throw ClawError(.invalidRequest, "params.schedule.atMs is needed for the kind at")
    case ("every", _, nil, _): throw ClawError(.invalidRequest, "params.schedule.everyMs is needed for the kind every")
    case ("cron", _, _, nil): throw ClawError(.invalidRequest, "params.schedule.expr is needed for the kind cron")
    default: throw ClawError(.invalidRequest, "params.schedule.kind must be at, every or cron")
    }
  }
}
