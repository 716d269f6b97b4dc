import ClawCore
import ClawJSON

/// SplitMix64: the same numbers for the same seed.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

extension Tool {
  /// Runs a call with these arguments; a pending tool has no result.
  func result(_ arguments: JSONValue, in context: ToolContext = .test) async throws -> ToolResult {
    let call = ToolCall(id: "call", name: spec.name, arguments: arguments)
    return switch try await run(call, in: context) {
    case .result(let result): result
    case .pending(let reason, let until): ToolResult(content: "\(reason) \(until)", isError: true)
    }
  }
}

extension Workspace {
  /// The workspace of an agent with this folder.
  static func test(_ folder: String) -> Workspace {
    Workspace(agentFolder: AgentFolder(path: folder), userFolder: UserFolder(path: folder + "-u"))
  }
}

extension ToolContext {
  static let test = ToolContext(
    actor: Principal(
      tenant: TenantID(unchecked: "t"), user: UserID(unchecked: "u"), role: .operator_, origin: .system),
    agent: AgentKey(unchecked: "main"), session: SessionKey(unchecked: "agent:main:main"),
    run: RunID(unchecked: "r"), workspace: .test(""), deadline: Timestamp(milliseconds: 0))
}

/// Builds zone files byte by byte, so that tests do not depend on the version of the system's.
struct ZoneFileBytes {
  struct Kind {
    var seconds: Int32
    var isDaylight: UInt8
    var letter: UInt8

    init(_ seconds: Int32, _ isDaylight: UInt8 = 0, letter: UInt8 = 0) {
      (self.seconds, self.isDaylight, self.letter) = (seconds, isDaylight, letter)
    }
  }

  var version: UInt8 = UInt8(ascii: "2")
  var times: [Int64] = []
  var indexes: [UInt8] = []
  var kinds: [Kind] = [Kind(0)]
  var letters = Array("STD\0DST\0".utf8)
  var leapSeconds: UInt32 = 0
  var footer: String? = ""

  var bytes: [UInt8] {
    var bytes = block(timeSize: 4)
    if version != 0 {
      bytes += block(timeSize: 8)
      if let footer { bytes += Array("\n\(footer)\n".utf8) }
    }
    return bytes
  }

  private func block(timeSize: Int) -> [UInt8] {
    var bytes = Array("TZif".utf8) + [version] + [UInt8](repeating: 0, count: 15)
    let counts = [0, 0, leapSeconds, UInt32(times.count), UInt32(kinds.count), UInt32(letters.count)]
    for count in counts { bytes += Self.big(count) }
    for time in times { bytes += timeSize == 4 ? Self.big(Int32(truncatingIfNeeded: time)) : Self.big(time) }
    bytes += indexes
    for kind in kinds { bytes += Self.big(kind.seconds) + [kind.isDaylight, kind.letter] }
    bytes += letters
    bytes += [UInt8](repeating: 0, count: Int(leapSeconds) * (timeSize + 4))
    return bytes
  }

  private static func big(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.bigEndian) { Array($0) }
  }
}
