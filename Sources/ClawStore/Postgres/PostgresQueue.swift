import ClawJSON
import DequeModule

/// What waits for a thread of the pool, in the order of its coming. Changes that may share a transaction wait in a line
/// for each scope; a line has one turn among all that waits, and more only where more wait than go into one group.
struct PostgresQueue {
  /// What a thread does next.
  enum Work {
    case job(PostgresPool.Job)
    /// At least one; to be told of by ``finished(_:leaving:as:)``.
    case shares([GroupedWrite], DatabaseScope)
  }

  private enum Turn {
    case job(PostgresPool.Job)
    case line(DatabaseScope)
  }

  private struct Line {
    var waiting: Deque<GroupedWrite> = []
    /// Groups that are being done or have a turn.
    var groups = 0
    /// What they concern that are being done, also alone: another one of these would only wait for them.
    var busy: UTF8Set = []

    var isOver: Bool { waiting.isEmpty && groups == 0 && busy.isEmpty }
  }

  /// How many share a transaction.
  private let maxGroup: Int
  private var turns: Deque<Turn> = []
  private var lines: [DatabaseScope: Line] = [:]
  /// How many wait.
  private(set) var count = 0

  init(maxGroup: Int = 32) {
    self.maxGroup = maxGroup
  }

  mutating func add(_ job: PostgresPool.Job) {
    count += 1
    turns.append(.job(job))
  }

  /// - Returns: Whether there is one turn more.
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
        // What waits, waits for others that are being done: they give the line its next turn. Late ones may be gone.
        lines[scope]?.groups -= 1
        if lines[scope]?.isOver == true { lines[scope] = nil }
      }
    }
    return nil
  }

  /// The first of each thing that nobody is busy with.
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
    // In one order everywhere, so that no two groups wait for each other.
    return group.sorted { $0.key < $1.key }
  }

  /// - Parameter rest: Those of the group that are still to be done alone, and to be told of by ``freed(_:as:)``.
  /// - Returns: Whether there is one turn more.
  mutating func finished(_ group: [GroupedWrite], leaving rest: [GroupedWrite], as scope: DatabaseScope) -> Bool {
    lines[scope]?.busy.subtract(UTF8Set(group.map(\.key)).subtracting(UTF8Set(rest.map(\.key))))
    lines[scope]?.groups -= 1
    return addTurn(of: scope)
  }

  /// One that was left by its group is over.
  /// - Returns: Whether there is one turn more.
  mutating func freed(_ share: GroupedWrite, as scope: DatabaseScope) -> Bool {
    lines[scope]?.busy.remove(share.key)
    return addTurn(of: scope)
  }

  /// Takes out what has waited too long by `now`; all, if that is nil.
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
