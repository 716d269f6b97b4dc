/// A validated schedule that computes its times.
public struct ScheduleClock: Sendable {
  private enum Plan: Sendable {
    case at(Timestamp)
    case every(Int64)
    case cron(CronExpression, ZoneFile)
  }

  private let plan: Plan

  /// Validates a schedule and loads its zone.
  /// - Throws: ``ClawError`` `invalidRequest` with the problem; `failedPrecondition` if the system has no zone files.
  public init(_ schedule: Schedule, zones: ZoneFileLibrary) async throws(ClawError) {
    switch schedule {
    case .at(let time):
      guard time.milliseconds >= 0, time <= Schedule.lastMoment else {
        throw ClawError(field: .moment, "must be between 1970 and 9999, in Unix milliseconds")
      }
      plan = .at(time)
    case .every(let milliseconds):
      guard (Schedule.minInterval...Schedule.maxInterval).contains(milliseconds) else {
        throw ClawError(
          field: .interval, "must be \(Schedule.minInterval) (a second) to \(Schedule.maxInterval) milliseconds")
      }
      plan = .every(milliseconds)
    case .cron(let text, let zone):
      let expression: CronExpression
      do {
        expression = try CronExpression(text)
      } catch {
        throw ClawError(field: .cronExpression, "is wrong: \(error.message)")
      }
      plan = .cron(expression, try await Self.zone(zone, zones))
    case .unknown(let kind, _):
      throw ClawError(
        .failedPrecondition, "this version of the gateway does not know schedules of the kind \(kind); update it")
    }
  }

  private static func zone(_ name: String, _ zones: ZoneFileLibrary) async throws(ClawError) -> ZoneFile {
    do throws(ZoneFileError) {
      return try await zones.zone(named: name)
    } catch {
      switch error {
      case .invalidName, .unknown: throw ClawError(field: .zone, "can't be used: \(error)")
      case .noZoneFiles, .damaged: throw ClawError(.failedPrecondition, field: .zone, "can't be used: \(error)")
      }
    }
  }

  /// The first time of the schedule after `time`; nil if there is none.
  /// - Parameter anchor: The start of `every`. Its times are whole intervals from it, so that they do not drift,
  ///   however late a job runs.
  public func next(after time: Timestamp, anchor: Timestamp) -> Timestamp? {
    switch plan {
    case .at(let only):
      return only > time ? only : nil
    case .every(let interval):
      let passed = max(0, time.milliseconds.subtractingSaturated(anchor.milliseconds) / interval)
      let (distance, overflow) = (passed + 1).multipliedReportingOverflow(by: interval)
      let (next, isBeyond) = anchor.milliseconds.addingReportingOverflow(distance)
      return overflow || isBeyond ? nil : Timestamp(milliseconds: next)
    case .cron(let expression, let zone):
      let seconds = time.milliseconds.flooredDivision(by: 1000).quotient
      guard let next = expression.next(after: seconds, in: zone),
        next <= Schedule.lastMoment.milliseconds / 1000, next >= 0
      else { return nil }
      return Timestamp(milliseconds: next * 1000)
    }
  }
}

extension Int64 {
  fileprivate func subtractingSaturated(_ other: Int64) -> Int64 {
    let (result, overflow) = subtractingReportingOverflow(other)
    return overflow ? (self < other ? .min : .max) : result
  }
}
