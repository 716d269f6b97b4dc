import ClawCore
import ClawJSON

/// Puts tool calls together from their pieces. Servers differ in what they leave out: the index, the id, or the
/// pieces (arguments at once, or as an object).
struct OpenAICallAssembler: Sendable {
  /// The most calls of one answer.
  static let limit = 128

  private struct Draft {
    var index: Int?
    var id: String?
    var name = ""
    var arguments = ""
    var object: JSONValue?
    var extra: JSONValue?
  }

  private var drafts: [Draft] = []

  var isEmpty: Bool { drafts.isEmpty }

  mutating func push(_ delta: JSONValue) throws(ModelFailure) {
    let place = try place(of: delta)
    let function = delta["function"] ?? delta
    if drafts[place].id == nil, let id = delta["id"]?.stringValue, !id.isEmpty { drafts[place].id = id }
    // A name comes whole; servers that repeat it in each piece must not make it grow.
    if drafts[place].name.isEmpty, let name = function["name"]?.stringValue { drafts[place].name = name }
    switch function["arguments"] {
    case .string(let piece)?: drafts[place].arguments += piece
    case .object(let members)?: drafts[place].object = .object(members)
    default: break
    }
    if let extra = delta["extra_content"], !extra.isNull { drafts[place].extra = extra }
  }

  private mutating func place(of delta: JSONValue) throws(ModelFailure) -> Int {
    let id = delta["id"]?.stringValue.flatMap { $0.isEmpty ? nil : $0 }
    let index = delta["index"]?.intValue
    if let index, let known = drafts.lastIndex(where: { $0.index == index }) {
      // Some servers say index 0 for every call; another id then means another call.
      if id == nil || drafts[known].id == nil || Self.areSame(drafts[known].id, id) { return known }
    } else if index == nil {
      if let id, let known = drafts.lastIndex(where: { Self.areSame($0.id, id) }) { return known }
      let beginsAnother = id != nil || (delta["function"]?["name"]?.stringValue ?? "").isEmpty == false
      if !beginsAnother, !drafts.isEmpty { return drafts.count - 1 }
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

  /// The calls, and what hangs on them. With `cut` (the answer hit its length limit) a call whose arguments are not
  /// whole is left out: running half a call is worse than none.
  func calls(cut: Bool, numbering: inout CallNumbering) -> (calls: [ToolCall], extras: JSONObject) {
    var calls: [ToolCall] = []
    var extras: JSONObject = [:]
    for draft in drafts where !draft.name.isEmpty {
      if cut, draft.object == nil, !CallArguments.isWhole(draft.arguments) { continue }
      let id = numbering.id(draft.id)
      let arguments = draft.object ?? CallArguments.object(from: draft.arguments)
      calls.append(ToolCall(id: id, name: draft.name, arguments: arguments))
      extras[id] = draft.extra
    }
    return (calls, extras)
  }
}
