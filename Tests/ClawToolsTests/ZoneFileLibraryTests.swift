import Foundation
import Synchronization
import Testing

@testable import ClawCore

@Suite("Zones by name")
struct ZoneFileLibraryTests {
  private func withFolder(_ body: (String) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(
      at: folder.appendingPathComponent("Area"), withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try await body(folder.path)
  }

  private func write(_ bytes: [UInt8], _ folder: String, _ name: String) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
  }

  @Test(
    "a name that could lead out of the folder is refused",
    arguments: [
      "", "/etc/passwd", "../etc/passwd", "Europe/../../etc/passwd", "Europe//Paris", "Europe/", "/", ".", "..",
      "Europe/Paris\0", "Europe/Pa ris", "Europe\\Paris", "Zürich", String(repeating: "a", count: 65), "a.b", "~",
    ])
  func badNames(name: String) async {
    await #expect(throws: ZoneFileError.invalidName) { try await ZoneFileLibrary.system.zone(named: name) }
  }

  @Test("an unknown zone is answered with the ones that were meant")
  func similar() async {
    func answer(_ name: String) async -> ZoneFileError? {
      await #expect(throws: ZoneFileError.self) { try await ZoneFileLibrary.system.zone(named: name) }
    }
    #expect(
      await answer("Europe/Pariss")?.description
        == "there is no time zone \"Europe/Pariss\"; did you mean Europe/Paris?"
    )
    #expect(await answer("paris") == .unknown("paris", similar: ["Europe/Paris"]))
    #expect(await answer("europe/berlin") == .unknown("europe/berlin", similar: ["Europe/Berlin"]))
    #expect(await answer("Asia/Katmando")?.description.contains("Asia/Kathmandu") == true)
    #expect(await answer("Nowhere/Atlantis_City") == .unknown("Nowhere/Atlantis_City", similar: []))
    #expect(await answer("Europe") != nil)
  }

  @Test("a file that was replaced is read again; one that is damaged or gone leaves what is known")
  func replaced() async throws {
    try await withFolder { folder in
      let clock = Mutex(ContinuousClock.now)
      let library = ZoneFileLibrary(folders: [folder], recheck: .seconds(60)) { clock.withLock { $0 } }
      func seconds() async throws -> Int64 {
        try await library.zone(named: "Area/New").offset(at: 0).secondsFromUTC
      }
      func replace(_ bytes: [UInt8]) throws {
        try write(bytes, folder, "next")
        guard rename("\(folder)/next", "\(folder)/Area/New") == 0 else { throw CocoaError(.fileWriteUnknown) }
      }
      try replace(ZoneFileBytes(kinds: [.init(60)]).bytes)
      #expect(try await seconds() == 60)
      try replace(ZoneFileBytes(kinds: [.init(120)]).bytes)
      #expect(try await seconds() == 60)
      clock.withLock { $0 += .seconds(60) }
      #expect(try await seconds() == 120)
      try replace([1, 2, 3])
      clock.withLock { $0 += .seconds(60) }
      #expect(try await seconds() == 120)
      try FileManager.default.removeItem(atPath: "\(folder)/Area/New")
      clock.withLock { $0 += .seconds(60) }
      #expect(try await seconds() == 120)
    }
  }

  @Test("the version of the data is read where systems keep it")
  func version() async throws {
    try await withFolder { folder in
      let library = ZoneFileLibrary(folders: ["/nonexistent", folder])
      #expect(await library.version() == nil)
      try write(Array("2024a\n".utf8), folder, "+VERSION")
      #expect(await library.version() == "2024a")
      try write(Array("# version 2025b\n# redo posix_only\nR".utf8), folder, "tzdata.zi")
      #expect(await library.version() == "2025b")
    }
  }

  @Test("a zone is read once, and at most 64 are kept")
  func cache() async throws {
    try await withFolder { folder in
      // However long the test takes, no file is rechecked.
      let library = ZoneFileLibrary(folders: ["/nonexistent", folder], recheck: .seconds(86_400))
      try write(ZoneFileBytes(kinds: [.init(60)]).bytes, folder, "Area/Same")
      #expect(try await library.zone(named: "Area/Same").offset(at: 0).secondsFromUTC == 60)
      try write(ZoneFileBytes(kinds: [.init(120)]).bytes, folder, "Area/Same")
      #expect(try await library.zone(named: "Area/Same").offset(at: 0).secondsFromUTC == 60)
      for number in 0..<70 {
        try write(ZoneFileBytes(kinds: [.init(Int32(number))]).bytes, folder, "Area/Zone\(number)")
        #expect(try await library.zone(named: "Area/Zone\(number)").offset(at: 0).secondsFromUTC == Int64(number))
      }
      #expect(library.count == ZoneFileLibrary.capacity)
      #expect(try await library.zone(named: "Area/Same").offset(at: 0).secondsFromUTC == 120)
    }
  }

  @Test("a file that is none is told, a folder is no zone, and too large a file is not read")
  func oddFiles() async throws {
    try await withFolder { folder in
      let library = ZoneFileLibrary(folders: [folder])
      try write([1, 2, 3], folder, "Area/Bad")
      try write(ZoneFileBytes().bytes + [UInt8](repeating: 0, count: 70_000), folder, "Area/Large")
      await #expect(throws: ZoneFileError.damaged("it ends inside of a header")) {
        try await library.zone(named: "Area/Bad")
      }
      await #expect(throws: ZoneFileError.self) { try await library.zone(named: "Area/Large") }
      await #expect(throws: ZoneFileError.self) { try await library.zone(named: "Area") }
    }
  }

  @Test("UTC works without any files, other zones say what is missing")
  func withoutFiles() async throws {
    let library = ZoneFileLibrary(folders: ["/nonexistent"])
    #expect(try await library.zone(named: "UTC") == .utc)
    #expect(try await library.zone(named: "Etc/UTC") == .utc)
    await #expect(throws: ZoneFileError.noZoneFiles) { try await library.zone(named: "Europe/Paris") }
  }
}
