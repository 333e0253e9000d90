using Xunit;

namespace MLPlatform.Tests.Pipelines;

/// <param name="At">Text that begins where the diagnostic must point; its first occurrence.</param>
public sealed record PipelineErrorCase(string Name, string Json, string Code, string Path, string At, string Message, string? Hint = null)
{
    public override string ToString() => Name;
}

internal static class PipelineErrorCases
{
    private static string Activities(string inside, string more = "") => CompileAssert.Pipeline(inside, more);

    private static string Use(string inputs) =>
        Activities($$$"""    "make": { "type": "test.make", "inputs": { "source": "s" } }, "use": { "type": "test.use", "inputs": { "table": "${{ activities.make.outputs.table }}", {{{inputs}}} } }""");

    private static string Top(string fields) => $$"""{ "id": "p", {{fields}}, "activities": { "a": { "type": "test.step" } } }""";

    public static TheoryData<PipelineErrorCase> All => new(Cases);

    private static PipelineErrorCase[] Cases =>
    [
        // JSON
        new("empty file", "", "PIPE-001", "$", "", "the file is empty"),
        new("unclosed object", "{ \"id\": \"p\"", "PIPE-001", "$", "", "not valid JSON"),
        new("comment", "{ /* x */ \"id\": \"p\", \"activities\": { \"a\": { \"type\": \"test.step\" } } }", "PIPE-002", "$", "/* x */", "comments are not allowed"),
        new("trailing comma", "{ \"id\": \"p\", \"activities\": { \"a\": { \"type\": \"test.step\", } } }", "PIPE-002", "$.activities.a", ", } } }", "a comma before the end"),
        new("repeated name", "{ \"id\": \"p\", \"activities\": { \"a\": { \"type\": \"test.step\" }, \"a\": { \"type\": \"test.step\" } } }", "PIPE-003", "$.activities.a", "\"a\": { \"type\": \"test.step\" } } }", "a second time"),
        new("root is a list", "[1]", "PIPE-004", "$", "[1]", "holds one object"),
        new("half a surrogate pair", Top("\"basic\": { \"name\": \"\\ud800\" }"), "PIPE-001", "$.basic", "\"\\ud800\"", "half of a surrogate pair"),

        // Shape
        new("unknown field", Top("\"basics\": {}"), "PIPE-005", "$.basics", "\"basics\"", "a pipeline has no \"basics\"", "Did you mean \"basic\"?"),
        new("unknown field of an activity", Activities("    \"a\": { \"type\": \"test.step\", \"dependOn\": [] }"), "PIPE-005", "$.activities.a.dependOn", "\"dependOn\"", "\"a\" has no \"dependOn\"", "Did you mean \"dependsOn\"?"),
        new("unknown input", Use("\"dimm\": 3"), "PIPE-005", "$.activities.use.inputs.dimm", "\"dimm\"", "activity type test.use has no \"dimm\"", "Did you mean \"dim\"?"),
        new("missing id", "{ \"activities\": { \"a\": { \"type\": \"test.step\" } } }", "PIPE-006", "$", "{", "needs \"id\""),
        new("missing input", Activities("    \"a\": { \"type\": \"test.make\", \"inputs\": {} }"), "PIPE-006", "$.activities.a.inputs", "{} }", "needs \"source\" (a string)"),
        new("missing inputs", Activities("    \"a\": { \"type\": \"test.make\" }"), "PIPE-006", "$.activities.a", "{ \"type\": \"test.make\" }", "needs input \"source\""),
        new("missing field of an alarm", Top("\"alarms\": [ { \"on\": [\"failed\"] } ]"), "PIPE-006", "$.alarms[0]", "{ \"on\"", "\"alarms[0]\" needs \"to\""),
        new("no activities", "{ \"id\": \"p\", \"activities\": {} }", "PIPE-006", "$.activities", "{} }", "at least one activity"),
        new("wrong type", Use("\"dim\": \"many\""), "PIPE-004", "$.activities.use.inputs.dim", "\"many\"", "must be an integer, not a string"),
        new("fraction for an integer", Use("\"dim\": 1.5"), "PIPE-004", "$.activities.use.inputs.dim", "1.5", "an integer that fits, not 1.5"),
        new("null where nothing may be missing", Use("\"dim\": null"), "PIPE-004", "$.activities.use.inputs.dim", "null", "not null"),
        new("null in a map without missing values", Use("\"rename\": { \"a\": null }"), "PIPE-004", "$.activities.use.inputs.rename.a", "null", "not null"),
        new("literal for an artifact", Activities("    \"a\": { \"type\": \"test.use\", \"inputs\": { \"table\": \"x.parquet\" } }"), "PIPE-004", "$.activities.a.inputs.table", "\"x.parquet\"", "must be an artifact", "Refer to another activity's output"),
        new("wrong enum word", Use("\"mode\": \"veryslow\""), "PIPE-007", "$.activities.use.inputs.mode", "\"veryslow\"", "one of \"fast\", \"verySlow\"", "Did you mean \"verySlow\"?"),
        new("wrong variant", Use("\"rules\": [ { \"rule\": \"dorp\" } ]"), "PIPE-007", "$.activities.use.inputs.rules[0].rule", "\"dorp\"", "must be one of", "Did you mean \"drop\"?"),
        new("missing field of a variant", Use("\"rules\": [ { \"rule\": \"drop\" } ]"), "PIPE-006", "$.activities.use.inputs.rules[0]", "{ \"rule\": \"drop\" }", "needs \"column\""),
        new("out of range", Use("\"ratio\": 1.5"), "PIPE-008", "$.activities.use.inputs.ratio", "1.5", "between 0 and 1"),
        new("retries out of range", Top("\"advanced\": { \"retry\": { \"maxAttempts\": 0 } }"), "PIPE-008", "$.advanced.retry.maxAttempts", "0 } }", "between 1 and 100"),
        new("bad duration", Top("\"advanced\": { \"timeout\": \"2h\" }"), "PIPE-009", "$.advanced.timeout", "\"2h\"", "not an ISO 8601 duration"),
        new("months are no duration", Use("\"window\": \"P1M\""), "PIPE-009", "$.activities.use.inputs.window", "\"P1M\"", "not an ISO 8601 duration"),
        new("bad quantity", Top("\"resources\": { \"memory\": \"8GB\" }"), "PIPE-010", "$.resources.memory", "\"8GB\"", "is not a quantity"),
        new("negative quantity", Top("\"resources\": { \"cpu\": -1 }"), "PIPE-010", "$.resources.cpu", "-1", "is not a quantity"),
        new("bad date", Activities("    \"a\": { \"type\": \"test.make\", \"inputs\": { \"source\": \"s\", \"until\": \"2025-02-30\" } }"), "PIPE-011", "$.activities.a.inputs.until", "\"2025-02-30\"", "is not a date"),

        new("activity waits for its own pipeline", Activities("    \"a\": { \"type\": \"test.step\", \"schedule\": { \"dependsOn\": [ { \"pipeline\": \"sample\" } ] } }"), "TRIG-007", "$.activities.a.schedule.dependsOn[0]", "{ \"pipeline\": \"sample\" }", "waits for its own run"),

        // Names
        new("bad activity name", Activities("    \"a b\": { \"type\": \"test.step\" }"), "PIPE-012", "$.activities['a b']", "\"a b\"", "cannot be the name of an activity"),
        new("bad pipeline id", "{ \"id\": \"a b\", \"activities\": { \"a\": { \"type\": \"test.step\" } } }", "PIPE-008", "$.id", "\"a b\"", "must be a letter or digit"),
        new("unknown activity type", Activities("    \"a\": { \"type\": \"test.steps\" }"), "PIPE-013", "$.activities.a.type", "\"test.steps\"", "no activity type \"test.steps\"", "Did you mean \"test.step\"?"),
        new("verb of an activity type", Activities("    \"a\": { \"type\": \"step\" }"), "PIPE-013", "$.activities.a.type", "\"step\"", "no activity type \"step\"", "Did you mean \"test.step\"?"),
        new("no near activity type", Activities("    \"a\": { \"type\": \"kubernetes.pod\" }"), "PIPE-013", "$.activities.a.type", "\"kubernetes.pod\"", "no activity type", "There are: "),
        new("unknown dependency", Activities("    \"aaa\": { \"type\": \"test.step\", \"dependsOn\": [\"aab\"] }"), "PIPE-014", "$.activities.aaa.dependsOn[0]", "\"aab\"", "no activity \"aab\"", "Did you mean \"aaa\"?"),

        // References
        new("unknown activity in an expression", Use("\"dim\": \"${{ 1 + activities.mkae.outputs.rows }}\""), "PIPE-014", "$.activities.use.inputs.dim", "activities.mkae", "no activity \"mkae\"", "Did you mean \"make\"?"),
        new("unknown output", Use("\"dim\": \"${{ activities.make.outputs.rowz }}\""), "PIPE-015", "$.activities.use.inputs.dim", "activities.make.outputs.rowz", "has no output \"rowz\"", "Did you mean \"rows\"?"),
        new("output of a type without any", Activities("    \"q\": { \"type\": \"test.quiet\" }, \"a\": { \"type\": \"test.step\", \"when\": \"${{ activities.q.outputs.rows > 1 }}\" }"), "PIPE-015", "$.activities.a.when", "activities.q.outputs.rows", "has no output \"rows\": it has none at all", "activities.q.status tells how it ended"),
        new("unknown parameter", Use("\"dim\": \"${{ parameters.dimm }}\""), "PIPE-016", "$.activities.use.inputs.dim", "parameters.dimm", "no parameter \"dimm\"", "Did you mean \"dim\"?"),
        new("self dependency", Activities("    \"a\": { \"type\": \"test.step\", \"dependsOn\": [\"a\"] }"), "PIPE-017", "$.activities.a.dependsOn[0]", "\"a\"] }", "depends on itself"),
        new("self reference", Activities("    \"a\": { \"type\": \"test.make\", \"inputs\": { \"source\": \"${{ activities.a.outputs.detail.note }}\" } }"), "PIPE-017", "$.activities.a.inputs.source", "\"${{ activities.a", "depends on itself"),
        new("cycle", Activities("    \"a\": { \"type\": \"test.step\", \"dependsOn\": [\"c\"] }, \"b\": { \"type\": \"test.step\", \"dependsOn\": [\"a\"] }, \"c\": { \"type\": \"test.step\", \"dependsOn\": [\"b\"] }"), "PIPE-018", "$.activities.b.dependsOn[0]", "\"a\"] }", "a -> c -> b -> a"),
        new("item outside forEach", Use("\"dim\": \"${{ item }}\""), "PIPE-019", "$.activities.use.inputs.dim", "item", "only in the inputs of an activity with forEach"),
        new("activities in a default", Top("\"parameters\": { \"n\": { \"type\": \"integer\", \"default\": \"${{ activities.a.outputs.x }}\" } }"), "PIPE-019", "$.parameters.n.default", "activities.a.outputs", "before the run"),
        new("computed activity name", Use("\"dim\": \"${{ activities[parameters.data].outputs.rows }}\""), "EXPR-006", "$.activities.use.inputs.dim", "activities[parameters", "must be named in full"),
        new("unknown name in an expression", Use("\"dim\": \"${{ parameter.dim }}\""), "EXPR-003", "$.activities.use.inputs.dim", "parameter.dim }}", "no \"parameter\" in expressions", "Did you mean \"parameters\"?"),
        new("unreadable expression", Use("\"dim\": \"${{ 1 + }}\""), "EXPR-002", "$.activities.use.inputs.dim", "}}\" } }", "cannot be read"),
        new("empty expression", Use("\"dim\": \"${{ }}\""), "EXPR-002", "$.activities.use.inputs.dim", " }}\" } }", "is empty"),
        new("unclosed expression", Use("\"note\": \"${{ 1 \""), "EXPR-001", "$.activities.use.inputs.note", "${{ 1 \"", "never closed"),
        new("the clock", Use("\"note\": \"${{ new Date() }}\""), "EXPR-005", "$.activities.use.inputs.note", "new Date()", "may not read the clock"),
        new("chance", Use("\"ratio\": \"${{ Math.random() }}\""), "EXPR-005", "$.activities.use.inputs.ratio", "Math.random", "may not use Math.random"),
        new("list into a number", Use("\"dim\": \"${{ activities.make.outputs.days }}\""), "PIPE-023", "$.activities.use.inputs.dim", "\"${{ activities.make.outputs.days", "gives a list, and here an integer is wanted"),
        new("artifact into a number", Use("\"ratio\": \"${{ activities.make.outputs.table }}\""), "PIPE-023", "$.activities.use.inputs.ratio", "\"${{ activities.make.outputs.table }}\" } }", "gives an artifact"),
        new("text into a number", Use("\"dim\": \"n${{ parameters.dim }}\""), "PIPE-023", "$.activities.use.inputs.dim", "\"n${{", "gives a string"),
        new("wrong kind of parameter", Use("\"dim\": \"${{ parameters.data }}\""), "PIPE-023", "$.activities.use.inputs.dim", "\"${{ parameters.data", "gives a string, and here an integer is wanted"),
        new("field inside an output", Use("\"dim\": \"${{ activities.make.outputs.detail.note }}\""), "PIPE-023", "$.activities.use.inputs.dim", "\"${{ activities.make.outputs.detail", "gives a string"),
        new("condition that is no expression", Activities("    \"a\": { \"type\": \"test.step\", \"when\": \"true\" }"), "PIPE-024", "$.activities.a.when", "\"true\"", "exactly one expression"),
        new("condition that is a number", Activities("    \"a\": { \"type\": \"test.step\", \"when\": \"${{ parameters.dim }}\" }"), "PIPE-023", "$.activities.a.when", "\"${{ parameters.dim", "true or false is wanted"),
        new("forEach over a number", Activities("    \"a\": { \"type\": \"test.step\", \"forEach\": 3 }"), "PIPE-024", "$.activities.a.forEach", "3 }", "a list or one expression"),
        new("maxParallel without forEach", Activities("    \"a\": { \"type\": \"test.step\", \"maxParallel\": 3 }"), "PIPE-024", "$.activities.a.maxParallel", "\"maxParallel\"", "for activities with forEach"),
        new("inputs as one expression", Activities("    \"a\": { \"type\": \"test.step\", \"inputs\": \"${{ parameters }}\" }"), "PIPE-004", "$.activities.a.inputs", "\"${{ parameters }}\"", "must be an object"),

        // Parameters, schedule, alarms
        new("default of another type", Top("\"parameters\": { \"n\": { \"type\": \"integer\", \"default\": \"x\" } }"), "PIPE-020", "$.parameters.n.default", "\"x\"", "must be an integer"),
        new("default out of range", Top("\"parameters\": { \"n\": { \"type\": \"integer\", \"default\": 0, \"minimum\": 1 } }"), "PIPE-020", "$.parameters.n.default", "0, ", "must be at least 1"),
        new("bound of a string", Top("\"parameters\": { \"n\": { \"type\": \"string\", \"minimum\": 1 } }"), "PIPE-020", "$.parameters.n.minimum", "\"minimum\"", "has no minimum"),
        new("unknown parameter type", Top("\"parameters\": { \"n\": { \"type\": \"int\" } }"), "PIPE-007", "$.parameters.n.type", "\"int\"", "must be one of", null),
        new("required with a default", Top("\"parameters\": { \"n\": { \"type\": \"integer\", \"default\": 1, \"required\": true } }"), "PIPE-020", "$.parameters.n.required", "true", "never must be given"),
        new("bad cron", Top("\"schedule\": { \"triggers\": [ { \"type\": \"cron\", \"cron\": \"0 25 * * *\" } ] }"), "TRIG-001", "$.schedule.triggers[0].cron", "\"0 25", "cannot be read"),
        new("unknown time zone", Top("\"schedule\": { \"triggers\": [ { \"type\": \"cron\", \"cron\": \"0 2 * * *\", \"timeZone\": \"Asia/Shangai\" } ] }"), "TRIG-002", "$.schedule.triggers[0].timeZone", "\"Asia/Shangai\"", "unknown"),
        new("unknown trigger type", Top("\"schedule\": { \"triggers\": [ { \"type\": \"corn\", \"cron\": \"0 2 * * *\" } ] }"), "PIPE-007", "$.schedule.triggers[0].type", "\"corn\"", "must be one of", "Did you mean \"cron\"?"),
        new("trigger without a needed parameter", Top("\"parameters\": { \"n\": { \"type\": \"integer\" } }, \"schedule\": { \"triggers\": [ { \"type\": \"cron\", \"cron\": \"0 2 * * *\" } ] }"), "PIPE-025", "$.schedule.triggers[0]", "{ \"type\": \"cron\"", "without parameter \"n\""),
        new("trigger gives an unknown parameter", Top("\"schedule\": { \"triggers\": [ { \"type\": \"cron\", \"cron\": \"0 2 * * *\", \"parameters\": { \"n\": 1 } } ] }"), "PIPE-016", "$.schedule.triggers[0].parameters.n", "\"n\"", "no parameter \"n\""),
        new("alarm on waiting without a time", Top("\"alarms\": [ { \"on\": [\"queued\"], \"to\": [\"x\"] } ]"), "PIPE-027", "$.alarms[0]", "{ \"on\"", "needs \"longerThan\""),
        new("alarm on metric without a bound", Top("\"alarms\": [ { \"on\": [\"metric\"], \"metric\": \"auc\", \"to\": [\"x\"] } ]"), "PIPE-027", "$.alarms[0]", "{ \"on\"", "needs \"below\" or \"above\""),
        new("alarm with a field that its events do not read", Top("\"alarms\": [ { \"on\": [\"failed\"], \"olderThan\": \"P1D\", \"to\": [\"x\"] } ]"), "PIPE-027", "$.alarms[0].olderThan", "\"olderThan\"", "is for alarms on stale"),
        new("dead man without a schedule", Top("\"alarms\": [ { \"on\": [\"notStarted\"], \"within\": \"PT1H\", \"to\": [\"x\"] } ]"), "PIPE-027", "$.alarms[0]", "{ \"on\"", "has none"),
        new("alarm that waits no time", Top("\"alarms\": [ { \"on\": [\"queued\"], \"longerThan\": \"PT0S\", \"to\": [\"x\"] } ]"), "PIPE-027", "$.alarms[0].longerThan", "\"PT0S\"", "must be positive"),
        new("two alarms of one name", Top("\"alarms\": [ { \"name\": \"a\", \"on\": [\"failed\"], \"to\": [\"x\"] }, { \"name\": \"a\", \"on\": [\"cancelled\"], \"to\": [\"x\"] } ]"), "PIPE-027", "$.alarms[1].name", "\"a\", \"on\": [\"cancelled", "is named \"a\""),
        new("alarm to nobody", Top("\"alarms\": [ { \"on\": [\"failed\"], \"to\": [] } ]"), "PIPE-008", "$.alarms[0].to", "[] }", "minimum length"),
    ];
}
