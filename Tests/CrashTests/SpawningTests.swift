import ClawTesting
import Foundation
import Testing

@Suite("Children of the tests")
struct SpawningTests {
  @Test("inherit nothing but their streams: what the tests close ends for its peer at once")
  func descriptors() throws {
    // Like SwiftNIO's sockets: without FD_CLOEXEC.
    let open = fcntl(STDERR_FILENO, F_DUPFD, 700)
    try #require(open >= 700)
    defer { close(open) }
    let child = try ChildProcess("/bin/sh", ["-c", "echo /proc/$$/fd/* >&2"], environment: ["PATH": "/usr/bin:/bin"])
    var lines: [String] = []
    child.eachLine { lines.append($0) }
    #expect(child.wait() == 0)
    let held = lines.joined().split(separator: " ").compactMap { $0.split(separator: "/").last.flatMap { Int32($0) } }
    #expect(Set(held).isSuperset(of: [0, 1, 2]))
    #expect(held.allSatisfy { $0 < open }, "\(lines)")
  }
}
