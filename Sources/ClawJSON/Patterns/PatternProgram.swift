/// A pattern compiled to instructions; all paths are followed in parallel (Thompson's construction).
struct PatternProgram: Sendable {
  private enum Instruction: Sendable {
    case scalar(ScalarSet)
    case split(Int, Int)
    case jump(Int)
    case assertion(PatternPiece.Assertion)
    case match
  }

  private var instructions: [Instruction] = []
  private let ignoresCase: Bool

  init(_ piece: PatternPiece, ignoresCase: Bool) throws(TextPattern.Problem) {
    self.ignoresCase = ignoresCase
    try add(piece)
    try add(.match)
  }

  // MARK: - Compilation

  private mutating func add(_ instruction: Instruction) throws(TextPattern.Problem) {
    guard instructions.count < TextPattern.maxSize else { throw .tooLarge }
    instructions.append(instruction)
  }

  private mutating func add(_ piece: PatternPiece) throws(TextPattern.Problem) {
    switch piece {
    case .scalar(let set): try add(Instruction.scalar(set))
    case .assertion(let assertion): try add(Instruction.assertion(assertion))
    case .sequence(let pieces): for piece in pieces { try add(piece) }
    case .choice(let branches): try add(branches: branches)
    case .repeated(let piece, let least, let most):
      for _ in 0..<least {
        let before = instructions.count
        try add(piece)
        // A piece that matches only the empty text is not repeated, whatever its count.
        guard instructions.count > before else { break }
      }
      guard let most else { return try add(loop: piece) }
      var splits: [Int] = []
      for _ in least..<most {
        splits.append(instructions.count)
        try add(.jump(0))
        try add(piece)
      }
      for split in splits { instructions[split] = .split(split + 1, instructions.count) }
    }
  }

  private mutating func add(loop piece: PatternPiece) throws(TextPattern.Problem) {
    let start = instructions.count
    try add(.jump(0))
    try add(piece)
    try add(.jump(start))
    instructions[start] = .split(start + 1, instructions.count)
  }

  private mutating func add(branches: [PatternPiece]) throws(TextPattern.Problem) {
    var jumps: [Int] = []
    for branch in branches.dropLast() {
      let split = instructions.count
      try add(.jump(0))
      try add(branch)
      jumps.append(instructions.count)
      try add(.jump(0))
      instructions[split] = .split(split + 1, instructions.count)
    }
    if let last = branches.last { try add(last) }
    for jump in jumps { instructions[jump] = .jump(instructions.count) }
  }

  // MARK: - Search

  func isFound(in text: some Sequence<Unicode.Scalar>, steps: inout Int) -> Bool? {
    var search = Search(program: self, steps: steps)
    defer { steps = search.steps }
    var iterator = text.makeIterator()
    var before: Unicode.Scalar?
    var next = iterator.next()
    while true {
      if search.enter(0, between: before, and: next) { return true }
      guard search.steps > 0 else { return nil }
      guard let scalar = next else { return false }
      (before, next) = (scalar, iterator.next())
      if search.advance(over: scalar, to: next) { return true }
    }
  }

  /// The instructions waiting for the next scalar, each once.
  private struct Search {
    let program: PatternProgram
    var steps: Int
    private var waiting: [Int] = []
    private var visited: [Int]
    private var round = 0
    private var stack: [Int] = []

    init(program: PatternProgram, steps: Int) {
      self.program = program
      self.steps = steps
      visited = Array(repeating: -1, count: program.instructions.count)
    }

    /// Follows instructions that consume nothing; true at the end of the pattern.
    mutating func enter(_ start: Int, between before: Unicode.Scalar?, and after: Unicode.Scalar?) -> Bool {
      stack.append(start)
      while let index = stack.popLast() {
        guard visited[index] != round else { continue }
        visited[index] = round
        steps -= 1
        switch program.instructions[index] {
        case .match: return true
        case .scalar: waiting.append(index)
        case .jump(let target): stack.append(target)
        case .split(let first, let second):
          stack.append(second)
          stack.append(first)
        case .assertion(let assertion): if assertion.holds(between: before, and: after) { stack.append(index + 1) }
        }
      }
      return false
    }

    mutating func advance(over scalar: Unicode.Scalar, to after: Unicode.Scalar?) -> Bool {
      let current = waiting
      waiting.removeAll(keepingCapacity: true)
      round += 1
      for index in current {
        steps -= 1
        guard case .scalar(let set) = program.instructions[index],
          set.contains(scalar, ignoringCase: program.ignoresCase)
        else { continue }
        if enter(index + 1, between: scalar, and: after) { return true }
      }
      return false
    }
  }
}
