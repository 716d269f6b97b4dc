import ClawCore
import ClawProtocol

/// `cron.*`
struct CronMethods: Sendable {
  let cron: any CronService

  func register(in registry: inout MethodRegistry) {
    registry.register(CronList.self) { params, principal in
      let jobs = try await cron.jobs(
        of: try ParameterChecks.user(params.userId), includeDisabled: params.includeDisabled ?? true, as: principal)
      return CronList.Result(jobs: jobs.map(CronJobInfo.init))
    }
    registry.register(CronCreate.self) { params, principal in
      let job = try await cron.create(
        try spec(of: params), for: try ParameterChecks.user(params.userId), as: principal)
      return CronCreate.Result(job: CronJobInfo(job))
    }
    registry.register(CronDelete.self) { params, principal in
      try await cron.delete(JobID(unchecked: params.jobId), as: principal)
      return CronDelete.Result()
    }
    registry.register(CronToggle.self) { params, principal in
      let job = try await cron.setEnabled(params.enabled, of: JobID(unchecked: params.jobId), as: principal)
      return CronToggle.Result(
        jobId: job.id.rawValue, enabled: job.isEnabled, nextRunAtMs: job.nextRunAt?.milliseconds)
    }
  }

  private func spec(of params: CronCreate.Params) throws(ClawError) -> CronJobSpec {
    let misfire = MisfirePolicy(rawValue: params.misfire ?? MisfirePolicy.skip.rawValue)
    guard let misfire else { throw ClawError(.invalidRequest, "params.misfire must be skip or once") }
    return CronJobSpec(
      name: params.name, agent: try ParameterChecks.agent(params.agentId) ?? .standard,
      schedule: try Schedule(params.schedule), message: params.message, deliver: params.deliver ?? false,
      channel: params.channel, to: params.to, misfire: misfire)
  }
}
