import ClawJSON
import ClawTesting

/// Handwritten streams.
enum SSEBody {
  /// A body with only these data lines.
  static func openAI(_ lines: String...) -> FakeReply {
    .status(200, body: lines.map { "data: \($0)\n\n" }.joined())
  }

  static func text(_ text: String) -> String {
    JSONValue.object(["choices": [["index": 0, "delta": ["content": .string(text)]]]]).serializedString()
  }

  static func finish(_ reason: String) -> String {
    let choice: JSONValue = ["index": 0, "delta": [:], "finish_reason": .string(reason)]
    return JSONValue.object(["choices": [choice]]).serializedString()
  }

  static func call(_ index: Int?, id: String?, name: String?, _ arguments: JSONValue) -> String {
    var function: JSONValue = ["arguments": arguments]
    function["name"] = name.map { .string($0) }
    var call: JSONValue = ["function": function]
    call["index"] = index.map { .integer(Int64($0)) }
    call["id"] = id.map { .string($0) }
    return JSONValue.object(["choices": [["index": 0, "delta": ["tool_calls": [call]]]]]).serializedString()
  }

  /// Events of Anthropic's dialect, each with its type as name.
  static func anthropic(_ events: JSONValue...) -> FakeReply {
    .status(
      200,
      body: events.map { "event: \($0["type"]?.stringValue ?? "")\ndata: \($0.serializedString())\n\n" }.joined())
  }

  static func start(_ index: Int, _ block: JSONValue) -> JSONValue {
    ["type": "content_block_start", "index": .integer(Int64(index)), "content_block": block]
  }

  static func delta(_ index: Int, _ delta: JSONValue) -> JSONValue {
    ["type": "content_block_delta", "index": .integer(Int64(index)), "delta": delta]
  }

  static func text(_ index: Int, _ text: String) -> JSONValue {
    delta(index, ["type": "text_delta", "text": .string(text)])
  }

  static func stop(_ index: Int) -> JSONValue { ["type": "content_block_stop", "index": .integer(Int64(index))] }

  static func end(_ reason: String) -> JSONValue {
    ["type": "message_delta", "delta": ["stop_reason": .string(reason)]]
  }

  static let messageStop: JSONValue = ["type": "message_stop"]
}

/// A gzip file (RFC 1952) with one stored block.
enum Gzip {
  static func stored(_ text: String) -> [UInt8] {
    let data = Array(text.utf8)
    let length = UInt16(data.count)
    var bytes: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 1]
    append(UInt32(length) | UInt32(~length) << 16, to: &bytes)
    bytes += data
    append(checksum(data), to: &bytes)
    append(UInt32(data.count), to: &bytes)
    return bytes
  }

  /// Little-endian.
  private static func append(_ value: UInt32, to bytes: inout [UInt8]) {
    for shift in [UInt32(0), 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
  }

  private static func checksum(_ data: [UInt8]) -> UInt32 {
    var sum = ~UInt32(0)
    for byte in data {
      sum ^= UInt32(byte)
      for _ in 0..<8 {
        let carry: UInt32 = sum & 1 == 1 ? 0xEDB8_8320 : 0
        sum = (sum >> 1) ^ carry
      }
    }
    return ~sum
  }
}
