import Testing

@testable import ClawStore

@Suite("Checkpoints of the write-ahead log")
struct CheckpointTriggerTests {
  private func checkpoints(of commits: [Int32]) -> [Int32] {
    var trigger = CheckpointTrigger()
    return commits.filter { trigger.isDue(at: $0) }
  }

  @Test("a log that grows under load is checkpointed at intervals, not after each commit")
  func intervals() {
    let commits = stride(from: Int32(10), through: 3_500, by: 10)
    #expect(checkpoints(of: Array(commits)) == [1_000, 2_000, 3_000])
  }

  @Test("a long log is checkpointed after each commit, until it starts over")
  func limit() {
    #expect(
      checkpoints(of: [3_990, 4_000, 4_010, 4_020, 10, 20, 1_010, 1_020]) == [3_990, 4_000, 4_010, 4_020, 1_010])
  }

  @Test("one commit may be longer than an interval")
  func large() {
    #expect(checkpoints(of: [1_700, 2_600, 2_700]) == [1_700, 2_700])
  }
}
