import ClawJSON
import Testing

private struct Message: Codable, Equatable {
  enum Role: String, Codable, CaseIterable { case user, assistant }

  var role: Role
  var content: String
  var tokens: Int?
  var extra: JSONValue?
}

private struct Request: Codable, Equatable {
  struct Params: Codable, Equatable {
    var messages: [Message]
    var options: [String: Double]?
  }

  var id: String
  var params: Params
}

@Suite("Decoding")
struct DecodingTests {
  @Test("a nested type is decoded; unknown members are ignored, null and missing are nil")
  func nested() throws {
    let text = #"""
      {"id":"7","ignored":[1],"params":{"messages":[{"role":"user","content":"hi","tokens":null},
      {"role":"assistant","content":"","tokens":3.0,"extra":{"a":[1,2.5]}}],"options":{"t":1,"p":0.5}}}
      """#
    let request = try JSON.decode(Request.self, from: text)
    #expect(request.id == "7")
    #expect(request.params.messages[0] == Message(role: .user, content: "hi"))
    #expect(
      request.params.messages[1] == Message(role: .assistant, content: "", tokens: 3, extra: ["a": [1, 2.5]]))
    #expect(request.params.options == ["t": 1, "p": 0.5])
    #expect(try JSON.decode(from: JSON.encode(request)) == request)
  }

  @Test(
    "a wrong value is named by its path",
    arguments: [
      (#"[]"#, "", "must be an object, not an array"),
      (#"{"params":{"messages":[]}}"#, "id", "\"id\" is required"),
      (#"{"id":5,"params":{"messages":[]}}"#, "id", "must be a string, not a number"),
      (#"{"id":null,"params":{"messages":[]}}"#, "id", "must be a string, not null"),
      (#"{"id":"","params":[]}"#, "params", "must be an object, not an array"),
      (#"{"id":"","params":{"messages":{}}}"#, "params.messages", "must be an array, not an object"),
      (
        #"{"id":"","params":{"messages":[{"role":"user","content":""},{"role":"user"}]}}"#,
        "params.messages[1].content", "\"content\" is required"
      ),
      (
        #"{"id":"","params":{"messages":[{"role":"root","content":""}]}}"#,
        "params.messages[0].role", "must be one of \"user\", \"assistant\", not \"root\""
      ),
      (
        #"{"id":"","params":{"messages":[{"role":true,"content":""}]}}"#,
        "params.messages[0].role", "must be a string, not a boolean"
      ),
      (
        #"{"id":"","params":{"messages":[{"role":"user","content":"","tokens":1.5}]}}"#,
        "params.messages[0].tokens", "must be a whole number"
      ),
      (
        #"{"id":"","params":{"messages":[{"role":"user","content":"","tokens":"1"}]}}"#,
        "params.messages[0].tokens", "must be a whole number, not a string"
      ),
      (
        #"{"id":"","params":{"messages":[],"options":{"a b":"x"}}}"#,
        "params.options[\"a b\"]", "must be a number, not a string"
      ),
    ])
  func paths(text: String, path: String, message: String) {
    let error = #expect(throws: JSONError.self) { try JSON.decode(Request.self, from: text) }
    #expect(error?.path == path)
    #expect(error?.message == message)
    #expect(error?.line == nil)
    #expect(error?.description == (path.isEmpty ? message : "\(path): \(message)"))
  }

  @Test("the kind of an error can be told")
  func kinds() {
    func kind<T: Decodable>(_ type: T.Type, _ text: String) -> JSONError.Kind? {
      #expect(throws: JSONError.self) { try JSON.decode(type, from: text) }?.kind
    }
    #expect(kind([Int].self, "[1") == .syntax)
    #expect(kind(Int.self, "\"1\"") == .typeMismatch)
    #expect(kind(Message.self, "{}") == .missing)
    #expect(kind(Int8.self, "128") == .notRepresentable)
    #expect(kind(Message.Role.self, "\"x\"") == .invalid)
    #expect(kind(Picky.self, "{\"a\":1}") == .invalid)
  }

  @Test("whole numbers are held to their width")
  func widths() throws {
    func fits<T: FixedWidthInteger & Decodable>(_ type: T.Type) throws {
      #expect(try JSON.decode(type, from: "\(T.max)") == T.max)
      #expect(try JSON.decode(type, from: "\(T.min)") == T.min)
      #expect(try JSON.decode([T].self, from: "[\(T.max),\(T.min)]") == [T.max, T.min])
      #expect(throws: JSONError.self) { try JSON.decode(type, from: "\(T.max)0") }
      #expect(throws: JSONError.self) { try JSON.decode(type, from: "1e300") }
      if T.min == 0 { #expect(throws: JSONError.self) { try JSON.decode(type, from: "-1") } }
    }
    try fits(Int8.self)
    try fits(Int16.self)
    try fits(Int32.self)
    try fits(Int64.self)
    try fits(Int.self)
    try fits(UInt8.self)
    try fits(UInt16.self)
    try fits(UInt32.self)
    #expect(try JSON.decode(UInt64.self, from: "9223372036854775807") == UInt64(Int64.max))
    #expect(try JSON.decode(UInt.self, from: "9223372036854775808") == 1 << 63)
  }

  @Test("a number too large for a Float is refused")
  func floats() throws {
    #expect(try JSON.decode(Float.self, from: "0.1") == 0.1)
    #expect(throws: JSONError.self) { try JSON.decode(Float.self, from: "1e39") }
    #expect(try JSON.decode(Double.self, from: "3") == 3)
  }

  @Test("optionals in arrays and at the top")
  func optionals() throws {
    #expect(try JSON.decode([Int?].self, from: "[1,null]") == [1, nil])
    #expect(try JSON.decode(Int?.self, from: "null") == nil)
    #expect(try JSON.decode(String?.self, from: "\"x\"") == "x")
  }

  @Test("a value decodes to itself")
  func sameValue() throws {
    let value: JSONValue = ["a": [1, 2.5, nil, true, "x", ["b": []]]]
    #expect(try value.decode(JSONValue.self) == value)
    #expect(try value.decode(JSONObject.self) == value.objectValue)
    #expect(try value.decode([String: [JSONValue]].self)["a"] == value["a"]?.arrayValue)
    #expect(try value.decode(JSONValue?.self) == value)
  }

  @Test("an error of a type's own is placed")
  func ownErrors() {
    let error = #expect(throws: JSONError.self) { try JSON.decode([Picky].self, from: #"[{"a":1}]"#) }
    #expect(error?.path == "[0]")
    #expect(error?.message == "a must be 2")
  }

  @Test("an array that is too short says so")
  func tooShort() {
    let error = #expect(throws: JSONError.self) { try JSON.decode(Pair.self, from: "[1]") }
    #expect(error?.kind == .missing)
    #expect(error?.path == "[1]")
  }
}

private struct Picky: Decodable {
  enum CodingKeys: CodingKey { case a }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    guard try container.decode(Int.self, forKey: .a) == 2 else {
      throw JSONError(kind: .invalid, message: "a must be 2")
    }
  }
}

private struct Pair: Decodable {
  init(from decoder: any Decoder) throws {
    var container = try decoder.unkeyedContainer()
    _ = try container.decode(Int.self)
    _ = try container.decode(Int.self)
  }
}
