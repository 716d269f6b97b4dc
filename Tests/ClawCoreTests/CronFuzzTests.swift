import Testing

@testable import ClawCore

@Suite("Cron expressions by chance")
struct CronFuzzTests {
  private static let letters = Array("0123456789*/,- \t@#LWabcMONJAN?é\u{0}".unicodeScalars)

  @Test("any text is either an expression or refused, and neither takes long or stops the program")
  func anyText() {
    var random = SeededGenerator(seed: 29)
    var accepted = 0
    for _ in 0..<20_000 {
      let length = Int.random(in: 0...24, using: &random)
      var text = String.UnicodeScalarView()
      for _ in 0..<length { text.append(Self.letters.randomElement(using: &random) ?? "*") }
      let padded = String(text) + (Bool.random(using: &random) ? " * * * *" : "")
      guard let expression = try? CronExpression(padded) else { continue }
      accepted += 1
      if let next = expression.next(after: 0, in: .utc) { #expect(next > 0) }
    }
    #expect(accepted > 100)
  }

  private static func field(_ kind: CronFieldKind, _ random: inout SeededGenerator) -> String {
    let range = kind.range
    let (first, second) = (Int.random(in: range, using: &random), Int.random(in: range, using: &random))
    switch Int.random(in: 0...5, using: &random) {
    case 0, 1: return "*"
    case 2: return "*/\(Int.random(in: 1...6, using: &random))"
    case 3: return "\(min(first, second))-\(max(first, second))/\(Int.random(in: 1...5, using: &random))"
    case 4: return "\(first),\(second)"
    default: return "\(first)"
    }
  }

  /// A reference implementation, minute by minute: the first time that a local time occurs, each local minute once, and
  /// skipped ones right after the gap.
  private static func slow(_ expression: CronExpression, after: Int64, through: Int64, in zone: ZoneFile) -> Int64? {
    var shown = Int64.min
    // Starts a day earlier, to recognize a repeated minute.
    for moment in stride(from: after - 86_400 - after % 60, through: through, by: 60) {
      let local = moment + zone.offset(at: moment).secondsFromUTC
      let earliest = shown == .min ? local : shown + 60
      guard local >= earliest else { continue }
      shown = local
      guard moment > after else { continue }
      for minute in stride(from: earliest, through: local, by: 60) {
        let (day, rest) = minute.flooredDivision(by: 86_400)
        guard expression.matches(CivilDate(daysSinceEpoch: day)) else { continue }
        if expression.hours.contains(rest / 3600), expression.minutes.contains(rest / 60 % 60) { return moment }
      }
    }
    return nil
  }

  @Test("the next time is the one that looking at every minute finds", arguments: [UInt64](1...6))
  func againstEveryMinute(seed: UInt64) async throws {
    var random = SeededGenerator(seed: seed)
    let places = [
      ("Europe/Paris", "2026-03-28 12:00"), ("Europe/Paris", "2026-10-24 12:00"),
      ("America/New_York", "2026-03-07 20:00"), ("America/New_York", "2026-10-31 20:00"),
      ("Australia/Lord_Howe", "2026-10-03 02:00"), ("Asia/Kathmandu", "2028-02-28 00:00"),
      ("Pacific/Apia", "2011-12-29 12:00"),
    ]
    for _ in 0..<60 {
      let text = CronFieldKind.allCases.map { Self.field($0, &random) }.joined(separator: " ")
      let expression = try CronExpression(text)
      let (name, begin) = try #require(places.randomElement(using: &random))
      let zone = try await ZoneFileLibrary.system.zone(named: name)
      let after = seconds(begin) + Int64.random(in: 0...72_000, using: &random)
      let through = after + 2 * 86_400
      let next = expression.next(after: after, in: zone).flatMap { $0 <= through ? $0 : nil }
      #expect(next == Self.slow(expression, after: after, through: through, in: zone), "\(text) in \(name) at \(after)")
    }
  }
}
