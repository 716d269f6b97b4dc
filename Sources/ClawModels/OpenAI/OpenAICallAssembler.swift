import ClawCore
import ClawJSON

/// Assembles tool calls from their pieces. Servers differ in what they omit: the index, the ID, or the pieces
/// (arguments at once, or as an object); and in what they repeat.
struct OpenAICallAssembler: Sendable {
  /// Most calls per answer: far more than a round runs, since each further call gets an error that the model can act on.
  static let limit = 2048

  private struct Draft {
    var index: Int?
    var id: String?
    var name = ""
    var arguments = ""
    var object: JSONValue?
    var extra: JSONValue?

    /// As received: an empty object may be only a placeholder.
    var isWhole: Bool { object ?? [:] != [:] || CallArguments.isWhole(arguments) }
    var finalArguments: JSONValue {
      if let object, object != [:] || arguments.isBlank { return object }
      return CallArguments.object(from: arguments)
    }
  }

  private var drafts: [Draft] = []

  var isEmpty: Bool { drafts.isEmpty }
  /// Whether there are arguments of a call without a name.
  var hasNameless: Bool {
    drafts.contains { $0.name.isEmpty && !($0.arguments.isBlank && $0.object ?? [:] == [:]) }
  }

  mutating func push(_ delta: JSONValue) throws(ModelFailure) {
    let function = delta["function"] ?? delta
    let name = function["name"]?.stringValue ?? ""
    let place = try place(of: delta, name: name)
    if drafts[place].id == nil, let id = delta["id"]?.stringValue, !id.isEmpty { drafts[place].id = id }
    // A name arrives in one piece; servers that repeat it in each piece must not make it grow.
    if drafts[place].name.isEmpty { drafts[place].name = name }
    switch function["arguments"] {
    case .string(let piece)?: drafts[place].arguments += piece
    case .object(let members)?: drafts[place].object = .object(members)
    default: break
    }
    if let extra = delta["extra_content"], !extra.isNull { drafts[place].extra = extra }
  }

  /// The call that a piece belongs to. A piece without a name never starts another call: some servers give each piece
  /// an ID of its own.
  private mutating func place(of delta: JSONValue, name: String) throws(ModelFailure) -> Int {
    let id = delta["id"]?.stringValue.flatMap { $0.isEmpty ? nil : $0 }
    let index = delta["index"]?.intValue
    if let index, let known = drafts.lastIndex(where: { $0.index == index }) {
      // Some servers send index 0 for every call; another ID with a name then means another call.
      let isSame = id == nil || drafts[known].id == nil || Self.areSame(drafts[known].id, id)
      if isSame || name.isEmpty || drafts[known].name.isEmpty { return known }
      if let same = drafts.lastIndex(where: { $0.index == index && Self.areSame($0.id, id) }) { return same }
    } else if index == nil {
      if let id, let known = drafts.lastIndex(where: { Self.areSame($0.id, id) }) { return known }
      if name.isEmpty, !drafts.isEmpty { return drafts.count - 1 }
    }
    guard drafts.count < Self.limit else {
      throw ModelFailure(.malformed, detail: "more than \(Self.limit) tool calls in one answer")
    }
    drafts.append(Draft(index: index))
    return drafts.count - 1
  }

  private static func areSame(_ left: String?, _ right: String?) -> Bool {
    left.map(UTF8Key.init(_:)) == right.map(UTF8Key.init(_:))
  }

  /// The calls and their extras. With `cut` (the answer hit its length limit) a call with incomplete arguments is
  /// omitted: running half a call is worse than none.
  func calls(cut: Bool, numbering: inout CallNumbering) -> (calls: [ToolCall], extras: JSONObject) {
    var calls: [ToolCall] = []
    var extras: JSONObject = [:]
    for draft in drafts where !draft.name.isEmpty {
      if cut, !draft.isWhole { continue }
      let id = numbering.id(draft.id)
      calls.append(ToolCall(id: id, name: draft.name, arguments: draft.finalArguments))
      extras[id] = draft.extra
    }
    return (calls, extras)
  }
}
