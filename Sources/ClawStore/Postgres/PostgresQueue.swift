import ClawJSON
import DequeModule

/// Jobs waiting for a thread of the pool, first in, first out. Writes that may share a transaction wait in a queue per
/// scope. Such a queue takes one turn among the jobs, and more only if more writes wait than fit into one group.
struct PostgresQueue {
  /// What a thread runs next.
  enum Work {
    case job(PostgresPool.Job)
    /// At least one write; the thread reports back with ``finished(_:leaving:as:)``.
    case shares([GroupedWrite], DatabaseScope)
  }

  private enum Turn {
    case job(PostgresPool.Job)
    case line(DatabaseScope)
  }

  private struct Line {
    var waiting: Deque<GroupedWrite> = []
    /// Groups that are running or have a turn.
    var groups = 0
    /// Keys whose writes are running, in a group or alone: another write of the same key would only block on a lock.
    var busy: UTF8Set = []

    var isOver: Bool { waiting.isEmpty && groups == 0 && busy.isEmpty }
  }

  /// Most writes per transaction.
  private let maxGroup: Int
  private var turns: Deque<Turn> = []
  private var lines: [DatabaseScope: Line] = [:]
  /// Number of waiting jobs and writes.
  private(set) var count = 0

  init(maxGroup: Int = 32) {
    self.maxGroup = maxGroup
  }

  mutating func add(_ job: PostgresPool.Job) {
    count += 1
    turns.append(.job(job))
  }

  /// - Returns: Whether a turn was added.
  mutating func add(_ share: GroupedWrite, as scope: DatabaseScope) -> Bool {
    count += 1
    lines[scope, default: Line()].waiting.append(share)
    return addTurn(of: scope)
  }

  private mutating func addTurn(of scope: DatabaseScope) -> Bool {
    guard let line = lines[scope] else { return false }
    guard !line.waiting.isEmpty, line.groups * maxGroup < line.waiting.count else {
      if line.isOver { lines[scope] = nil }
      return false
    }
    lines[scope]?.groups += 1
    turns.append(.line(scope))
    return true
  }

  mutating func next() -> Work? {
    while let turn = turns.popFirst() {
      switch turn {
      case .job(let job):
        count -= 1
        return .job(job)
      case .line(let scope):
        let group = takeGroup(of: scope)
        if !group.isEmpty { return .shares(group, scope) }
        // Everything queued is blocked by a running write of the same key, or has timed out; finishing that write
        // schedules the next turn.
        lines[scope]?.groups -= 1
        if lines[scope]?.isOver == true { lines[scope] = nil }
      }
    }
    return nil
  }

  /// The first write of each key that is not busy.
  private mutating func takeGroup(of scope: DatabaseScope) -> [GroupedWrite] {
    guard var line = lines.removeValue(forKey: scope) else { return [] }
    var group: [GroupedWrite] = []
    var passed: [GroupedWrite] = []
    while group.count < maxGroup, let share = line.waiting.popFirst() {
      if line.busy.insert(share.key).inserted { group.append(share) } else { passed.append(share) }
    }
    line.waiting.prepend(contentsOf: passed)
    lines[scope] = line
    count -= group.count
    // A fixed lock order, so that no two groups deadlock.
    return group.sorted { $0.key < $1.key }
  }

  /// - Parameter rest: Writes of the group to be retried alone; report each with ``freed(_:as:)``.
  /// - Returns: Whether a turn was added.
  mutating func finished(_ group: [GroupedWrite], leaving rest: [GroupedWrite], as scope: DatabaseScope) -> Bool {
    lines[scope]?.busy.subtract(UTF8Set(group.map(\.key)).subtracting(UTF8Set(rest.map(\.key))))
    lines[scope]?.groups -= 1
    return addTurn(of: scope)
  }

  /// A write that was retried alone has finished.
  /// - Returns: Whether a turn was added.
  mutating func freed(_ share: GroupedWrite, as scope: DatabaseScope) -> Bool {
    lines[scope]?.busy.remove(share.key)
    return addTurn(of: scope)
  }

  /// Removes the jobs and writes past their deadline at `now`, or all if that is nil.
  mutating func takeLate(at now: ContinuousClock.Instant?) -> [@Sendable (DatabaseError) -> Void] {
    var late: [@Sendable (DatabaseError) -> Void] = []
    turns.removeAll { turn in
      guard case .job(let job) = turn, now.map({ job.deadline < $0 }) ?? true else { return false }
      late.append(job.refuse)
      return true
    }
    for scope in lines.keys {
      lines[scope]?.waiting.removeAll { share in
        guard now.map({ share.deadline < $0 }) ?? true else { return false }
        late.append(share.alone.refuse)
        return true
      }
    }
    count -= late.count
    return late
  }
}
