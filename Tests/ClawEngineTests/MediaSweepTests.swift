import ClawCore
import ClawStore
import Foundation
import Testing

@testable import ClawEngine

@Suite("Media that nothing uses", .timeLimit(.minutes(10)))
struct MediaSweepTests {
  private func files(_ directory: TestDirectory) -> [String] {
    let folder = directory.path + "/media"
    return (FileManager.default.subpaths(atPath: folder) ?? []).filter { path in
      var isFolder: ObjCBool = false
      return FileManager.default.fileExists(atPath: folder + "/" + path, isDirectory: &isFolder) && !isFolder.boolValue
    }
  }

  private func store(_ byte: UInt8, in harness: Harness) async throws -> MediaPart {
    try await harness.engine.parts.media.add([byte], type: "image/png", of: ann.user, in: .standard)
  }

  /// Runs the sweeper and the remover over all file folders.
  private func sweep(_ harness: Harness) async throws {
    let parts = harness.engine.parts
    for round in UInt8.min...UInt8.max { _ = try await SweepMedia(media: parts.media, tenant: .standard)(round: round) }
    await harness.engine.removalWorker.removeAll()
  }

  @Test("what no message came to use goes after its time; what one uses stays for as long as it does")
  func unused() async throws {
    let (directory, clock) = (try TestDirectory(), ManualClock(TimeSource.system.now))
    try await withEngine(in: directory, time: clock.source, isRunning: false) { harness in
      let (unused, used) = (try await store(1, in: harness), try await store(2, in: harness))
      try await harness.send("look") { $0.message.parts.append(.media(used)) }
      #expect(files(directory).count == 2)
      clock.advance(by: .seconds(86_000))
      try await sweep(harness)
      #expect(files(directory).count == 2)
      clock.advance(by: .seconds(1000))
      try await sweep(harness)
      #expect(files(directory).map { $0.suffix(64) } == [used.digest[...]])
      #expect(try await harness.engine.media.open(used.id, as: ann).next() == [2])
      await #expect(throws: ClawError.self) { _ = try await harness.engine.media.open(unused.id, as: ann) }
      try await harness.engine.delete(Harness.key("main"), user: nil, as: ann)
      await harness.engine.removalWorker.removeAll()
      #expect(files(directory).isEmpty)
    }
  }

  @Test("uploads that end one after the other keep to the tenant's limit, however many began before it was reached")
  func limit() async throws {
    let directory = try TestDirectory()
    try await withEngine(in: directory, isRunning: false) { harness in
      let media = MediaStore(
        store: harness.store,
        configuration: MediaConfiguration(directory: directory.path + "/media", maxTenantBytes: 10), time: .system
      ) {}
      var pieces = 0
      await #expect(throws: ClawError.self) {
        _ = try await media.add(type: "image/png", of: ann.user, in: .standard) {
          pieces += 1
          guard pieces == 2 else { return pieces == 1 ? [1, 2, 3, 4, 5, 6] : nil }
          // Another one begins and ends meanwhile.
          _ = try await media.add([9, 8, 7, 6, 5, 4], type: "image/png", of: ann.user, in: .standard)
          return nil
        }
      }
      #expect(pieces == 2 && files(directory).count { !$0.contains("incoming") } == 1)
    }
  }

  @Test("a file without a row, and one that a crash left half written, are removed once they are old")
  func orphans() async throws {
    let (directory, clock) = (try TestDirectory(), ManualClock(TimeSource.system.now))
    try await withEngine(in: directory, time: clock.source, isRunning: false) { harness in
      let kept = try await store(3, in: harness)
      let folder = directory.path + "/media/default"
      let orphan = String(repeating: "ab", count: 32)
      try FileManager.default.createDirectory(atPath: folder + "/ab", withIntermediateDirectories: true)
      for path in ["/ab/\(orphan)", "/incoming/half"] {
        #expect(FileManager.default.createFile(atPath: folder + path, contents: Data([9])))
      }
      try await sweep(harness)
      #expect(files(directory).count == 3)
      clock.advance(by: .seconds(4000))
      try await sweep(harness)
      #expect(files(directory).map { $0.suffix(64) } == [kept.digest[...]])
    }
  }

  @Test("a file that is stored again while its removal is under way stays")
  func again() async throws {
    let directory = try TestDirectory()
    try await withEngine(in: directory, isRunning: false) { harness in
      let first = try await store(4, in: harness)
      await harness.engine.parts.media.giveBack([first.id], of: .standard)
      // Its removal is recorded and not done.
      let second = try await store(4, in: harness)
      await harness.engine.removalWorker.removeAll()
      #expect(try await harness.engine.media.open(second.id, as: ann).next() == [4])
      await harness.engine.parts.media.giveBack([second.id], of: .standard)
      await harness.engine.removalWorker.removeAll()
      #expect(files(directory).isEmpty)
    }
  }
}
