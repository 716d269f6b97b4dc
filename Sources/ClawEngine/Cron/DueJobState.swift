import ClawCore
import ClawStore

/// A due slot and the stored state of its job.
struct DueJobState: Sendable {
  let due: DueJob
  /// Nil if the job was deleted.
  let job: CronJob?
  /// Whether its user and tenant are active.
  let isOpen: Bool

  /// Reads the state of jobs of one tenant, in the order given.
  static func read(_ jobs: [DueJob], in transaction: TenantTransaction) throws -> [DueJobState] {
    let isActive = try transaction.tenants.tenant(transaction.tenant)?.status == .active
    var users: [UserID: Bool] = [:]
    return try jobs.map { due in
      guard let job = try transaction.cronJobs.job(due.job) else {
        return DueJobState(due: due, job: nil, isOpen: false)
      }
      let isOpen = try users[job.user] ?? (transaction.users.user(job.user)?.isDisabled != true)
      users[job.user] = isOpen
      return DueJobState(due: due, job: job, isOpen: isActive && isOpen)
    }
  }
}
