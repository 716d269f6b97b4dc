import ClawJSON
import Testing

@Suite("Looking into a value")
struct JSONValueTests {
  @Test("what is asked for is given, anything else is nil")
  func accessors() {
    let value: JSONValue = ["s": "x", "i": 3, "d": 2.5, "w": 4.0, "b": true, "n": nil, "a": [1, 2], "o": ["k": 1]]
    #expect(value["s"]?.stringValue == "x")
    #expect(value["i"]?.intValue == 3)
    #expect(value["i"]?.doubleValue == 3)
    #expect(value["d"]?.intValue == nil)
    #expect(value["d"]?.doubleValue == 2.5)
    #expect(value["w"]?.intValue == 4)
    #expect(value["b"]?.boolValue == true)
    #expect(value["n"]?.isNull == true)
    #expect(value["a"]?[1]?.intValue == 2)
    #expect(value["a"]?[2] == nil)
    #expect(value["a"]?[-1] == nil)
    #expect(value["a"]?.arrayValue?.count == 2)
    #expect(value["o"]?["k"]?.intValue == 1)
    #expect(value["o"]?.objectValue?.count == 1)
    #expect(value["none"] == nil)
    #expect(value["s"]?["k"] == nil)
    #expect(value[0] == nil)
    #expect(value["s"]?.intValue == nil)
    #expect(value["i"]?.stringValue == nil)
    #expect(value["i"]?.boolValue == nil)
    #expect(JSONValue.number(1e300).intValue == nil)
    #expect(JSONValue.number(.nan).intValue == nil)
  }

  @Test("members are set and removed")
  func setting() {
    var value: JSONValue = nil
    value["a"] = 1
    value["b"] = "x"
    #expect(value == ["a": 1, "b": "x"])
    value["a"] = nil
    #expect(value == ["b": "x"])
    value["c"] = .null
    #expect(value == ["b": "x", "c": nil])
    var other: JSONValue = 5
    other["a"] = 1
    #expect(other == 5)
  }

  @Test("a whole number and a number are two things")
  func kinds() {
    #expect(JSONValue.integer(1) != .number(1))
    #expect("\(1)" as JSONValue == .string("1"))
  }
}
