/// A recursive descent parser over bytes that never copies the document. `maxDepth` bounds its recursion.
///
/// Every access to `bytes` is preceded by a comparison with `bytes.count`: the buffer is not bounds-checked in a
/// release build.
struct JSONParser {
  let bytes: UnsafeBufferPointer<UInt8>
  private let maxDepth: Int
  private let refusesRepeatedNames: Bool
  var position = 0
  private var depth = 0

  init(bytes: UnsafeBufferPointer<UInt8>, limits: JSONLimits) {
    self.bytes = bytes
    maxDepth = limits.maxDepth
    refusesRepeatedNames = limits.refusesRepeatedNames
  }

  mutating func parseDocument() throws(JSONSyntaxFailure) -> JSONValue {
    if bytes.count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF { throw failure(.byteOrderMark) }
    skipWhitespace()
    guard position < bytes.count else { throw failure(.emptyDocument) }
    let value = try parseValue()
    skipWhitespace()
    guard position == bytes.count else { throw failure(.expected("nothing after the value")) }
    return value
  }

  /// The byte at the position, or 0 at the end: 0 never occurs in valid JSON.
  var current: UInt8 { position < bytes.count ? bytes[position] : 0 }

  func failure(_ reason: JSONSyntaxFailure.Reason) -> JSONSyntaxFailure {
    JSONSyntaxFailure(reason: reason, offset: position)
  }

  func failure(_ reason: JSONSyntaxFailure.Reason, at offset: Int) -> JSONSyntaxFailure {
    JSONSyntaxFailure(reason: reason, offset: offset)
  }

  @inline(__always)
  private mutating func skipWhitespace() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x0A, 0x0D, 0x09: position += 1
      default: return
      }
    }
  }

  private mutating func parseValue() throws(JSONSyntaxFailure) -> JSONValue {
    switch current {
    case UInt8(ascii: "\""): return .string(try parseString())
    case UInt8(ascii: "{"): return try parseObject()
    case UInt8(ascii: "["): return try parseArray()
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try parseNumber()
    case UInt8(ascii: "t"): return try parseLiteral("true", .bool(true))
    case UInt8(ascii: "f"): return try parseLiteral("false", .bool(false))
    case UInt8(ascii: "n"): return try parseLiteral("null", .null)
    case UInt8(ascii: "'"): throw failure(.told("strings are written in double quotes"))
    case UInt8(ascii: "/"): throw failure(.told("comments are not allowed in JSON"))
    default: throw failure(.expected("a value"))
    }
  }

  private mutating func parseLiteral(
    _ literal: StaticString, _ value: JSONValue
  ) throws(JSONSyntaxFailure) -> JSONValue {
    let length = literal.utf8CodeUnitCount
    guard bytes.count - position >= length else { throw failure(.expected("a value")) }
    for index in 0..<length where bytes[position + index] != literal.utf8Start[index] {
      throw failure(.expected("a value"))
    }
    position += length
    return value
  }

  private mutating func enter() throws(JSONSyntaxFailure) {
    guard depth < maxDepth else { throw failure(.tooDeep(maxDepth)) }
    depth += 1
    position += 1
    skipWhitespace()
  }

  private mutating func parseArray() throws(JSONSyntaxFailure) -> JSONValue {
    try enter()
    defer { depth -= 1 }
    if current == UInt8(ascii: "]") {
      position += 1
      return .array([])
    }
    var elements: [JSONValue] = []
    while true {
      elements.append(try parseValue())
      skipWhitespace()
      switch current {
      case UInt8(ascii: ","):
        let comma = position
        position += 1
        skipWhitespace()
        if current == UInt8(ascii: "]") { throw failure(.told("remove the comma after the last element"), at: comma) }
      case UInt8(ascii: "]"):
        position += 1
        return .array(elements)
      default:
        throw failure(.expected("',' or ']'"))
      }
    }
  }

  private mutating func parseObject() throws(JSONSyntaxFailure) -> JSONValue {
    try enter()
    defer { depth -= 1 }
    if current == UInt8(ascii: "}") {
      position += 1
      return .object([:])
    }
    var members: JSONObject = [:]
    while true {
      let start = position
      let name = try parseName()
      if refusesRepeatedNames, members[name] != nil { throw failure(.repeatedName, at: start) }
      members[name] = try parseValue()
      skipWhitespace()
      switch current {
      case UInt8(ascii: ","):
        let comma = position
        position += 1
        skipWhitespace()
        if current == UInt8(ascii: "}") { throw failure(.told("remove the comma after the last member"), at: comma) }
      case UInt8(ascii: "}"):
        position += 1
        return .object(members)
      default:
        throw failure(.expected("',' or '}'"))
      }
    }
  }

  /// Parses a member's name and the colon after it; stops at the value.
  private mutating func parseName() throws(JSONSyntaxFailure) -> String {
    guard current == UInt8(ascii: "\"") else { throw failure(.expected("a name in double quotes")) }
    let name = try parseString()
    skipWhitespace()
    guard current == UInt8(ascii: ":") else { throw failure(.expected("':'")) }
    position += 1
    skipWhitespace()
    return name
  }
}
