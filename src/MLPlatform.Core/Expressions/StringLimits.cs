using Jint;
using Jint.Native;
using Jint.Native.Object;
using Jint.Runtime;
using Jint.Runtime.Interop;

namespace MLPlatform.Core.Expressions;

/// <summary>
/// Bounds the few string functions that make much out of little in one call, where the engine's own limits, which are
/// looked at between statements, come too late.
/// </summary>
internal static class StringLimits
{
    private const double MostCharacters = 4 << 20;

    public static void Apply(Engine engine)
    {
        ObjectInstance strings = (ObjectInstance)((ObjectInstance)engine.GetValue("String")).Get("prototype");
        Guard(engine, strings, "repeat", (text, arguments) => text.Length * TypeConverter.ToNumber(Argument(arguments, 0)));
        Guard(engine, strings, "padStart", (_, arguments) => TypeConverter.ToNumber(Argument(arguments, 0)));
        Guard(engine, strings, "padEnd", (_, arguments) => TypeConverter.ToNumber(Argument(arguments, 0)));
        Guard(engine, strings, "replace", Replaced);
        Guard(engine, strings, "replaceAll", Replaced);
    }

    // At worst every character is replaced; a function's results are bounded by the statements it takes.
    private static double Replaced(string text, JsValue[] arguments) =>
        Argument(arguments, 1) is { Type: Types.String } by ? (double)text.Length * Math.Max(1, by.ToString()!.Length) : text.Length;

    private static void Guard(Engine engine, ObjectInstance strings, string name, Func<string, JsValue[], double> length)
    {
        JsValue original = strings.Get(name);
        strings.FastSetDataProperty(name, new ClrFunction(engine, name, (self, arguments) =>
        {
            if (length(TypeConverter.ToString(self), arguments) > MostCharacters)
                throw new ExpressionException("EXPR-012", $"a string made by {name} would be longer than {MostCharacters / (1 << 20):0} Mi characters");
            return original.Call(self, arguments);
        }));
    }

    private static JsValue Argument(JsValue[] arguments, int index) => index < arguments.Length ? arguments[index] : JsValue.Undefined;
}
