import ClawCore
import Foundation
import Testing

@testable import ClawStore

@Suite("The folder of media", .timeLimit(.minutes(10)))
struct MediaFolderTests {
  private func files(_ directory: TestDirectory) -> [String] {
    (FileManager.default.subpaths(atPath: directory.path) ?? []).filter { path in
      var isFolder: ObjCBool = false
      let whole = directory.path + "/" + path
      return FileManager.default.fileExists(atPath: whole, isDirectory: &isFolder) && !isFolder.boolValue
    }.sorted()
  }

  private static let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

  @Test("a file has its name once it is whole, and is read back in pieces")
  func whole() async throws {
    let directory = try TestDirectory()
    let folder = MediaFolder(path: directory.path + "/m")
    let writer = try await folder.writer(for: acme, at: start)
    for piece in ["a", "b", "c"] { try await writer.write(Array(piece.utf8)) }
    let content = try await writer.finish()
    #expect(content == MediaWriter.Content(digest: Self.abc, size: 3))
    #expect(try await folder.reader(of: content.digest, in: acme) == nil)
    try await writer.keep(content)
    #expect(files(directory) == ["m/acme/ba/\(Self.abc)"])
    let reader = try #require(try await folder.reader(of: content.digest, in: acme))
    #expect(try await reader.next(2) == Array("ab".utf8))
    #expect(try await reader.next(2) == Array("c".utf8))
    #expect(try await reader.next(2) == nil)
    #expect(try await folder.reader(of: content.digest, in: TenantID(unchecked: "other")) == nil)
  }

  @Test("what is not kept is removed, and never had a name")
  func abandoned() async throws {
    let directory = try TestDirectory()
    let folder = MediaFolder(path: directory.path + "/m")
    var writer: MediaWriter? = try await folder.writer(for: acme, at: start)
    try await writer?.write([1, 2, 3])
    #expect(files(directory).allSatisfy { $0.hasPrefix("m/acme/incoming/") } && files(directory).count == 1)
    writer = nil
    while !files(directory).isEmpty, !Task.isCancelled { await Task.yield() }
    #expect(files(directory).isEmpty)
  }

  @Test(
    "nothing outside of the folder is reached by a name",
    arguments: ["../../secret", "ba/../../../secret", "", ".", String(repeating: "A", count: 64), "/etc/passwd"])
  func names(_ digest: String) async throws {
    let directory = try TestDirectory()
    let secret = directory.path + "/secret"
    #expect(FileManager.default.createFile(atPath: secret, contents: Data([1])))
    let folder = MediaFolder(path: directory.path + "/m")
    for tenant in [acme, TenantID(unchecked: "../.."), TenantID(unchecked: "..")] {
      #expect(try await folder.reader(of: digest, in: tenant) == nil)
      try folder.removeNow(digest, of: tenant)
      #expect(!folder.path(of: tenant).contains(".."))
    }
    #expect(FileManager.default.fileExists(atPath: secret))
  }

  @Test("a folder that can't be used is an error that tells no path")
  func unusable() async throws {
    let directory = try TestDirectory()
    #expect(FileManager.default.createFile(atPath: directory.path + "/m", contents: nil))
    let folder = MediaFolder(path: directory.path + "/m")
    let error = await #expect(throws: ClawError.self) { _ = try await folder.writer(for: acme, at: start) }
    #expect(
      error?.code == .unavailable && error?.message.contains(directory.path) == false, "\(String(describing: error))")
  }
}
