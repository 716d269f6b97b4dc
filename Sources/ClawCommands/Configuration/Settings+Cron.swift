/// Scheduled jobs.
extension Settings {
  public static let maxJobs = Setting(
    "cron.max_jobs", .integer(1...10_000), 100,
    "Jobs that a user may have; one-shot jobs that are done make room for new ones.")
  public static let misfireGrace = Setting(
    "cron.misfire_grace", .duration(atLeast: .zero), .seconds(60),
    "How late a job may begin, such as after a restart, before its time counts as missed.")
  public static let slotRetention = Setting(
    "cron.retention", .duration(atLeast: .seconds(86_400)), .seconds(2_592_000),
    "How long the ledger of a job's times is kept.")

  static let cron: [AnySetting] = [maxJobs.erased, misfireGrace.erased, slotRetention.erased]
}
