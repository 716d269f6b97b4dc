import ClawCore
import Testing

@Suite("Schedules")
struct ScheduleClockTests {
  private static let anchor = Timestamp(milliseconds: 1_700_000_000_123)

  private func clock(_ schedule: Schedule) async throws -> ScheduleClock {
    try await ScheduleClock(schedule, zones: .system)
  }

  @Test("L29: an interval is counted from its anchor, however late a time was noticed")
  func anchored() async throws {
    let clock = try await clock(.every(milliseconds: 10_000))
    let anchor = Self.anchor
    #expect(clock.next(after: anchor, anchor: anchor) == anchor + .seconds(10))
    #expect(clock.next(after: anchor + .milliseconds(9_999), anchor: anchor) == anchor + .seconds(10))
    #expect(clock.next(after: anchor + .seconds(10), anchor: anchor) == anchor + .seconds(20))
    #expect(clock.next(after: anchor + .milliseconds(10_007), anchor: anchor) == anchor + .seconds(20))
    #expect(clock.next(after: anchor + .seconds(3_605), anchor: anchor) == anchor + .seconds(3_610))
    // A clock that was set back does not produce times before the first.
    #expect(clock.next(after: Timestamp(milliseconds: 0), anchor: anchor) == anchor + .seconds(10))
  }

  @Test("an interval at the end of time is no trap")
  func ends() async throws {
    let clock = try await clock(.every(milliseconds: Schedule.maxInterval))
    #expect(clock.next(after: Timestamp(milliseconds: .max), anchor: Self.anchor) == nil)
    #expect(clock.next(after: Timestamp(milliseconds: .max), anchor: Timestamp(milliseconds: .min)) == nil)
    let cron = try await self.clock(.cron(expression: "* * * * *", zone: "Europe/Paris"))
    #expect(cron.next(after: Timestamp(milliseconds: .max), anchor: Self.anchor) == nil)
    #expect(cron.next(after: Timestamp(milliseconds: .min), anchor: Self.anchor) == nil)
    #expect(cron.next(after: Schedule.lastMoment, anchor: Self.anchor) == nil)
  }

  @Test("a single moment comes once")
  func single() async throws {
    let clock = try await clock(.at(time: Self.anchor))
    #expect(clock.next(after: Timestamp(milliseconds: 0), anchor: Self.anchor) == Self.anchor)
    #expect(clock.next(after: Self.anchor, anchor: Self.anchor) == nil)
  }

  @Test("a time of an expression is a whole minute")
  func minutes() async throws {
    let clock = try await clock(.cron(expression: "* * * * *", zone: "UTC"))
    #expect(
      clock.next(after: Self.anchor, anchor: Self.anchor) == Timestamp(milliseconds: 1_700_000_040_000))
  }

  @Test(
    "what is wrong is refused",
    arguments: [
      (Schedule.every(milliseconds: 999), ClawError.Field.interval, "a second"),
      (.every(milliseconds: .max), .interval, ""),
      (.every(milliseconds: -1), .interval, ""), (.at(time: Timestamp(milliseconds: -1)), .moment, "1970"),
      (.at(time: Timestamp(milliseconds: .max)), .moment, "9999"),
      (.cron(expression: "x", zone: "UTC"), .cronExpression, ""),
      (.cron(expression: "* * * * *", zone: "Europe/Pari"), .zone, "Europe/Paris"),
      (.cron(expression: "* * * * *", zone: "../etc/passwd"), .zone, "IANA"),
      (.cron(expression: "* * * * *", zone: ""), .zone, ""),
    ])
  func refused(schedule: Schedule, field: ClawError.Field, reason: String) async {
    let error = await #expect(throws: ClawError.self) { try await self.clock(schedule) }
    #expect(error?.code == .invalidRequest && error?.field == field, "\(String(describing: error))")
    #expect(reason.isEmpty || error?.message.contains(reason) == true, "\(String(describing: error))")
  }
}
