import ClawCore
import ClawJSON
import ClawStore

/// The part of a transcript that a model is shown. A view: it never removes anything from the transcript.
struct ContextWindow: Sendable {
  /// The exchanges before the current one, oldest first.
  let earlier: [Exchange]
  /// The exchange that is being answered.
  let current: Exchange
  /// The calls of the current exchange without results.
  let openCalls: [ToolCall]
  /// The new start of the window, if it has grown too long.
  let newStart: Int64?

  /// - Parameters:
  ///   - rows: The transcript from the window's start on, oldest first.
  ///   - run: The run in progress; messages after its own are not shown.
  ///   - maxRows: Limit of the window. A longer one drops its older half at once, so that its start stays the same for
  ///     many exchanges and a provider's prompt cache stays valid.
  init(rows: [TranscriptMessage], run: RunID, messageSeq: Int64, maxRows: Int) {
    // Indices instead of rows: copying a row retains half a dozen references.
    let begins = Self.begins(of: rows)
    let shown = rows.indices.filter { place in
      guard let owner = rows[place].run else { return rows[place].seq <= messageSeq }
      return begins[place] < messageSeq || owner == run
    }
    let start = Self.start(of: shown, in: rows, begins: begins, before: messageSeq, maxRows: maxRows)
    newStart = start
    var (own, others): ([Int], [Int]) = ([], [])
    for place in shown {
      if rows[place].run == run {
        own.append(place)
      } else if start.map({ begins[place] >= $0 }) ?? true {
        others.append(place)
      }
    }
    earlier = Exchange.exchanges(from: others.lazy.map { rows[$0] }, missing: .unanswered).filter(\.hasBeginning)
    openCalls = Self.openCalls(in: own.map { rows[$0] })
    current = Exchange.exchanges(from: own.lazy.map { rows[$0] }).first ?? Exchange([])
  }

  /// For each row, the first row of its run. Rows of one run are mostly adjacent.
  private static func begins(of rows: [TranscriptMessage]) -> [Int64] {
    var known: [RunID: Int64] = [:]
    var last: (run: RunID, begin: Int64)?
    return rows.map { row in
      guard let owner = row.run else { return row.seq }
      if let last, last.run == owner { return last.begin }
      let begin = known[owner] ?? row.seq
      known[owner] = begin
      last = (owner, begin)
      return begin
    }
  }

  /// The first user message in the newer half that begins an exchange.
  private static func start(
    of shown: [Int], in rows: [TranscriptMessage], begins: [Int64], before messageSeq: Int64, maxRows: Int
  ) -> Int64? {
    guard shown.count > maxRows else { return nil }
    let newer = shown.suffix(maxRows / 2)
    let first = newer.first { place in
      let seq = rows[place].seq
      return rows[place].role == .user && seq == begins[place] && seq <= messageSeq
    }
    return first.map { rows[$0].seq } ?? messageSeq
  }

  private static func openCalls(in rows: [TranscriptMessage]) -> [ToolCall] {
    var calls: [ToolCall] = []
    for row in rows {
      switch row.body {
      case .assistant(let message): calls += message.calls
      case .tool(let callID, _): calls.removeAll { $0.id.hasSameBytes(as: callID) }
      case .user, .system: break
      }
    }
    return calls
  }

  /// Limit of rows read of one exchange, whatever the window: a model that forgets what it has just done does it again.
  /// Far above what `runs.max_iterations` rounds with a handful of calls each produce.
  private static let maxOwnRows = 2000

  /// The window of a run on the current transcript.
  init(of record: RunRecord, in transaction: TenantTransaction, maxRows: Int) throws {
    let counters = try transaction.sessions.counters(of: record.address)
    let rows = try Self.rows(of: record, from: counters?.windowStartSeq ?? 1, in: transaction, maxRows: maxRows)
    self.init(rows: rows, run: record.id, messageSeq: record.messageSeq, maxRows: maxRows)
  }

  /// The rows of the transcript that the window of a run is built from.
  static func rows(
    of record: RunRecord, from start: Int64, in transaction: TenantTransaction, maxRows: Int
  ) throws -> [TranscriptMessage] {
    try transaction.messages.window(
      of: record.session, from: start, answering: record.messageSeq, limit: maxRows * 4 + maxOwnRows)
  }

  /// The newest exchanges that fit into a token budget, by a conservative estimate; at least the current one.
  func exchanges(within budget: Int) -> [Exchange] {
    var left = budget - TokenEstimate.tokens(in: current)
    var kept: [Exchange] = []
    for exchange in earlier.reversed() {
      left -= TokenEstimate.tokens(in: exchange)
      guard left >= 0 else { break }
      kept.append(exchange)
    }
    return kept.reversed() + [current]
  }
}

/// Estimated tokens, erring upward: one per three bytes of UTF-8.
enum TokenEstimate {
  /// Estimate for an image, as bytes of text: 1,600 tokens, the cost of the largest image that Anthropic's models
  /// (2026) do not shrink, and more than OpenAI's charge for one.
  private static let bytesOfImage = 4800

  static func tokens(in exchange: Exchange) -> Int {
    exchange.entries.reduce(0) { $0 + bytes(of: $1) } / 3
  }

  static func tokens(in text: String) -> Int { text.utf8.count / 3 }

  /// Estimated tokens of everything that a model reads for an answer.
  static func tokens(in request: ModelRequest) -> Int {
    let tools = request.tools.reduce(0) { bytes, tool in
      bytes + tool.name.utf8.count + tool.summary.utf8.count + tool.parameters.serialized().count
    }
    return request.exchanges.reduce((request.system.utf8.count + request.systemSuffix.utf8.count + tools) / 3) {
      $0 + tokens(in: $1)
    }
  }

  private static func bytes(of parts: [ContentPart]) -> Int {
    parts.reduce(0) { sum, part in
      switch part {
      case .text(let text): sum + text.utf8.count
      case .media(let media) where media.kind != .image: sum + media.note.utf8.count
      case .image, .media: sum + bytesOfImage
      }
    }
  }

  private static func bytes(of entry: Entry) -> Int {
    switch entry {
    case .user(let message): bytes(of: message.parts) + 16
    case .summary(let summary): summary.text.utf8.count + 16
    case .round(let round):
      round.calls.reduce(round.text.utf8.count + 16) { bytes, completed in
        bytes + completed.call.arguments.serialized().count + self.bytes(of: completed.result.parts) + 32
      }
    }
  }
}
