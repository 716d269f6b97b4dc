import ClawCore
import ClawJSON
import ClawProtocol

/// Formats jobs as a table.
enum CronTable {
  static func text(of jobs: [CronJobInfo]) -> String {
    guard !jobs.isEmpty else { return "no jobs; make one with: swiftclaw cron add" }
    let head = ["ID", "NAME", "USER", "WHEN", "NEXT", "LAST"]
    let rows = [head] + jobs.map(row)
    let widths = head.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      zip(row, widths).enumerated().map { column, cell in
        column == head.count - 1 ? cell.0 : cell.0 + String(repeating: " ", count: cell.1 - cell.0.count)
      }.joined(separator: "  ")
    }.joined(separator: "\n")
  }

  private static func row(_ job: CronJobInfo) -> [String] {
    [
      job.id, job.name, job.userId, when(job.schedule), job.enabled ? time(job.state.nextRunAtMs) : "disabled",
      last(job.state),
    ]
  }

  static func when(_ schedule: CronSchedule) -> String {
    switch (schedule.kind, schedule.atMs, schedule.everyMs, schedule.expr) {
    case ("at", let moment?, _, _): "at \(time(moment))"
    case ("every", _, let interval?, _): "every \(DurationText.format(.milliseconds(interval)))"
    case ("cron", _, _, let expression?): "\(expression) \(schedule.tz ?? "UTC")"
    default: schedule.kind
    }
  }

  static func time(_ milliseconds: Int64?) -> String {
    milliseconds.map { Timestamp(milliseconds: $0).rfc3339 } ?? "never"
  }

  private static func last(_ state: CronJobInfo.State) -> String {
    guard let status = state.lastStatus else { return state.lastRunAtMs.map { time($0) } ?? "-" }
    let line = state.lastError.map { ": " + $0.oneLine() } ?? ""
    return status + (state.lastRunAtMs.map { " " + time($0) } ?? "") + line
  }
}
