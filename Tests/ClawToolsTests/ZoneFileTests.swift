import ClawCore
import Foundation
import Testing

@Suite("Zone files")
struct ZoneFileTests {
  /// Unix seconds of a civil time in UTC.
  private func seconds(_ year: Int64, _ month: Int64, _ day: Int64, _ hour: Int64 = 0, _ minute: Int64 = 0) -> Int64 {
    CivilDate(year: year, month: month, day: day).daysSinceEpoch * 86_400 + hour * 3600 + minute * 60
  }

  private let paris = ZoneFileBytes(
    times: [], indexes: [], kinds: [.init(3600), .init(7200, 1, letter: 4)], footer: "CET-1CEST,M3.5.0,M10.5.0/3")

  @Test("Europe/Paris of this system changes at the second it should")
  func parisEdges() async throws {
    let zone = try await ZoneFileLibrary.system.zone(named: "Europe/Paris")
    let forward = seconds(2024, 3, 31, 1)
    #expect(zone.offset(at: forward - 1).secondsFromUTC == 3600)
    #expect(zone.offset(at: forward - 1).abbreviation == "CET")
    #expect(zone.offset(at: forward).secondsFromUTC == 7200)
    #expect(zone.offset(at: forward).isDaylightSaving)
    let back = seconds(2024, 10, 27, 1)
    #expect(zone.offset(at: back - 1).abbreviation == "CEST")
    #expect(zone.offset(at: back).abbreviation == "CET")
    // Local mean time of Paris: nine minutes and 21 seconds.
    #expect(zone.offset(at: seconds(1800, 1, 1)).secondsFromUTC == 561)
    #expect(zone.offset(at: Int64.min).secondsFromUTC == 561)
  }

  @Test("a local time is found once, twice when clocks go back, and never when they skip it")
  func localTimes() async throws {
    let zone = try await ZoneFileLibrary.system.zone(named: "Europe/Paris")
    #expect(zone.moments(ofLocalTime: seconds(2024, 7, 1, 12)) == [seconds(2024, 7, 1, 10)])
    #expect(zone.moments(ofLocalTime: seconds(2024, 3, 31, 2, 30)) == [])
    #expect(
      zone.moments(ofLocalTime: seconds(2024, 10, 27, 2, 30))
        == [seconds(2024, 10, 27, 0, 30), seconds(2024, 10, 27, 1, 30)])
    #expect(zone.moments(ofLocalTime: seconds(2500, 7, 1, 12)) == [seconds(2500, 7, 1, 10)])
    #expect(zone.moments(ofLocalTime: .max).count <= 2)
    #expect(zone.moments(ofLocalTime: .min).count <= 2)
  }

  @Test("Asia/Kathmandu is five hours and 45 minutes ahead, half an hour until 1986")
  func kathmandu() async throws {
    let zone = try await ZoneFileLibrary.system.zone(named: "Asia/Kathmandu")
    #expect(zone.offset(at: seconds(2024, 1, 1)).secondsFromUTC == 20_700)
    #expect(zone.offset(at: seconds(2024, 1, 1)).abbreviation == "+0545")
    #expect(zone.offset(at: seconds(1980, 1, 1)).secondsFromUTC == 19_800)
    #expect(zone.offset(at: seconds(9999, 1, 1)).secondsFromUTC == 20_700)
  }

  @Test(
    "far dates follow the footer, in the north and in the south",
    arguments: [
      ("Europe/Paris", 3600, 7200), ("America/New_York", -18_000, -14_400), ("Australia/Sydney", 39_600, 36_000),
      ("Asia/Tokyo", 32_400, 32_400), ("Australia/Lord_Howe", 39_600, 37_800),
    ] as [(String, Int64, Int64)])
  func farFuture(name: String, january: Int64, july: Int64) async throws {
    let zone = try await ZoneFileLibrary.system.zone(named: name)
    for year: Int64 in [2024, 2037, 2038, 2100, 2400, 100_000] {
      #expect(zone.offset(at: seconds(year, 1, 15)).secondsFromUTC == january, "\(year)")
      #expect(zone.offset(at: seconds(year, 7, 15)).secondsFromUTC == july, "\(year)")
    }
  }

  @Test("all of this system's zones agree with Foundation's at random moments")
  func agreesWithFoundation() async throws {
    var random = SeededGenerator(seed: 5)
    let names = TimeZone.knownTimeZoneIdentifiers.shuffled(using: &random).prefix(60)
    var compared = 0
    for name in names {
      guard let expected = TimeZone(identifier: name),
        let zone = try? await ZoneFileLibrary.system.zone(named: name)
      else { continue }
      for _ in 0..<50 {
        let moment = Int64.random(in: 0..<seconds(2015, 1, 1), using: &random)
        let wanted = expected.secondsFromGMT(for: Date(timeIntervalSince1970: Double(moment)))
        compared += 1
        #expect(zone.offset(at: moment).secondsFromUTC == Int64(wanted), "\(name) at \(moment)")
      }
    }
    #expect(compared > 1_000)
  }

  @Test("a file of version 1 is read; after its last transition its last kind holds")
  func versionOne() throws {
    let file = ZoneFileBytes(
      version: 0, times: [-100, 0, 100], indexes: [1, 0, 1], kinds: [.init(3600), .init(7200, 1, letter: 4)])
    let zone = try ZoneFile(bytes: file.bytes)
    #expect(zone.offset(at: -101).secondsFromUTC == 3600)
    #expect(zone.offset(at: -100).secondsFromUTC == 7200)
    #expect(zone.offset(at: -1).abbreviation == "DST")
    #expect(zone.offset(at: 0).abbreviation == "STD")
    #expect(zone.offset(at: 100).isDaylightSaving)
    #expect(zone.offset(at: .max).secondsFromUTC == 7200)
  }

  @Test("a file of a later version uses its 64-bit times, and the footer after them")
  func laterVersions() throws {
    for version in "234".utf8 {
      var file = paris
      file.version = version
      file.times = [-10_000_000_000, 0]
      file.indexes = [1, 0]
      let zone = try ZoneFile(bytes: file.bytes)
      #expect(zone.offset(at: -10_000_000_001).secondsFromUTC == 3600)
      #expect(zone.offset(at: -5_000_000_000).secondsFromUTC == 7200)
      #expect(zone.offset(at: seconds(2100, 7, 1)).abbreviation == "CEST")
      #expect(zone.offset(at: seconds(2100, 12, 1)).abbreviation == "CET")
    }
  }

  @Test("without transitions and footer the first kind always holds")
  func fixed() throws {
    let zone = try ZoneFile(bytes: ZoneFileBytes(kinds: [.init(-3600)]).bytes)
    #expect(zone.offset(at: 0).secondsFromUTC == -3600)
  }

  @Test(
    "a footer's rule is followed",
    arguments: [
      // text, month and day and hour in UTC, offset
      ("<+0545>-5:45", 6, 1, 0, 20_700),
      ("EST5EDT,M3.2.0,M11.1.0", 3, 10, 6, -18_000), ("EST5EDT,M3.2.0,M11.1.0", 3, 10, 7, -14_400),
      ("EST5EDT,M3.2.0,M11.1.0", 11, 3, 5, -14_400), ("EST5EDT,M3.2.0,M11.1.0", 11, 3, 6, -18_000),
      ("AEST-10AEDT,M10.1.0,M4.1.0/3", 1, 1, 0, 39_600), ("AEST-10AEDT,M10.1.0,M4.1.0/3", 4, 6, 16, 36_000),
      ("AEST-10AEDT,M10.1.0,M4.1.0/3", 12, 31, 23, 39_600),
      ("IST-2IDT,M3.4.4/26,M10.5.0", 3, 28, 23, 7200), ("IST-2IDT,M3.4.4/26,M10.5.0", 3, 29, 0, 10_800),
      ("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", 3, 31, 0, -7200), ("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", 3, 31, 1, -3600),
      ("AAA0BBB,J60/0,J300/0", 2, 29, 23, 0), ("AAA0BBB,J60/0,J300/0", 3, 1, 0, 3600),
      ("AAA0BBB,59/0,300/0", 2, 28, 23, 0), ("AAA0BBB,59/0,300/0", 2, 29, 0, 3600),
      ("EST5EDT,0/0,J365/25", 1, 1, 5, -14_400), ("EST5EDT,0/0,J365/25", 12, 31, 23, -14_400),
      ("EST5EDT,0/0,J365/25", 7, 1, 0, -14_400),
      ("IST-1GMT0,M10.5.0,M3.5.0/1", 1, 1, 0, 0), ("IST-1GMT0,M10.5.0,M3.5.0/1", 7, 1, 0, 3600),
      ("AAA-1:30:15BBB-2:00:30,J1/0,J2/0", 6, 1, 0, 5415),
    ] as [(String, Int64, Int64, Int64, Int64)])
  func footers(text: String, month: Int64, day: Int64, hour: Int64, expected: Int64) throws {
    let zone = try ZoneFile(bytes: ZoneFileBytes(footer: text).bytes)
    #expect(zone.offset(at: seconds(2024, month, day, hour)).secondsFromUTC == expected)
  }

  @Test(
    "a malformed footer is refused",
    arguments: [
      "C-1", "CET", "CET-", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M13.1.0,M1.1.0", "CET-1CEST,M3.6.0,M10.5.0",
      "CET-1CEST,M3.5.7,M10.5.0", "CET-1CEST,J0,J1", "CET-1CEST,366,1", "CET-25", "CET-1:60", "CET-1CEST,J1/168,J2",
      "<+05-5", "CET-1CEST,M3.5.0,M10.5.0/3x", "CET-1CEST,,", "999", "CET-99999999999999999999",
    ])
  func badFooters(text: String) {
    #expect(throws: ZoneFileError.damaged("the rule in its footer is malformed")) {
      try ZoneFile(bytes: ZoneFileBytes(footer: text).bytes)
    }
  }

  @Test("every corruption is reported")
  func damage() {
    func reason(_ change: (inout ZoneFileBytes) -> Void) -> ZoneFileError? {
      var file = paris
      change(&file)
      return #expect(throws: ZoneFileError.self) { try ZoneFile(bytes: file.bytes) }
    }
    #expect(reason { $0.kinds = [] } == .damaged("it must have 1 to 256 kinds of local time"))
    #expect(reason { $0.leapSeconds = 1 } == .damaged("it counts leap seconds, which Unix times do not"))
    #expect(reason { ($0.times, $0.indexes) = ([5, 5], [0, 0]) } == .damaged("its transitions are out of order"))
    #expect(
      reason { ($0.times, $0.indexes) = ([5], [2]) }
        == .damaged("a transition goes to a kind of local time that is not there"))
    #expect(reason { $0.kinds[0].seconds = .max } == .damaged("an offset from UTC is out of range"))
    #expect(reason { $0.kinds[0].letter = 8 } == .damaged("a kind of local time is malformed"))
    #expect(reason { $0.letters.removeLast() } == .damaged("a kind of local time is malformed"))
    #expect(reason { $0.footer = nil } == .damaged("its footer is missing"))
    #expect(reason { $0.version = 1 } == .damaged("its version is unknown"))
    #expect(throws: ZoneFileError.damaged("it ends inside of a header")) { try ZoneFile(bytes: []) }
    #expect(throws: ZoneFileError.damaged("it is no zone file")) {
      try ZoneFile(bytes: [UInt8](repeating: 7, count: 100))
    }
  }

  @Test("no cut and no change of bytes makes the reader trap")
  func mutations() throws {
    var random = SeededGenerator(seed: 11)
    var file = paris
    file.times = [-10_000_000_000, 0, 1_000_000]
    file.indexes = [1, 0, 1]
    let original = file.bytes
    for end in original.indices {
      #expect(throws: ZoneFileError.self) { try ZoneFile(bytes: Array(original[..<end])) }
    }
    var accepted = 0
    for _ in 0..<20_000 {
      var bytes = original
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let index = Int.random(in: bytes.indices, using: &random)
        bytes[index] =
          [0, 1, 0x7F, 0x80, 0xFF, UInt8.random(in: 0...255, using: &random)]
          .randomElement(using: &random) ?? 0
      }
      guard let zone = try? ZoneFile(bytes: bytes) else { continue }
      accepted += 1
      for moment in [Int64.min, -1, 0, 1 << 40, Int64.max] {
        #expect((-93_599...93_599).contains(zone.offset(at: moment).secondsFromUTC.clamped))
        #expect(zone.moments(ofLocalTime: moment).count <= 8)
      }
    }
    #expect(accepted > 100)
  }
}

extension Int64 {
  /// RFC 9636 has different limits for the two directions; this unifies them.
  fileprivate var clamped: Int64 { Swift.max(self, -93_599) }
}
