using System.Text;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using MLPlatform.Vlps.Rows;

namespace MLPlatform.Vlps.Onnx;

/// <summary>A column as an input tensor of its own.</summary>
internal static class OnnxColumns
{
    public static ColumnKind KindOf(string input, NodeMetadata metadata)
    {
        if (!metadata.IsTensor || metadata.Dimensions.Length is not (1 or 2) || (metadata.Dimensions.Length == 2 && metadata.Dimensions[1] > 1))
            throw OnnxScorer.Bad($"its input '{input}' is no column: the shape must be [n] or [n, 1]; say how it is made of columns with the layout dense or sparse");
        Type type = metadata.ElementType;
        return type == typeof(string) ? ColumnKind.Text
            : type == typeof(float) || type == typeof(double) ? ColumnKind.Real
            : type == typeof(long) || type == typeof(int) ? ColumnKind.Whole
            : type == typeof(bool) ? ColumnKind.Boolean
            : throw OnnxScorer.Bad($"its input '{input}' is of {type.Name}; columns are text, float, double, int32, int64 or bool");
    }

    public static NamedOnnxValue Of(string input, NodeMetadata metadata, Column column, int rows)
    {
        int[] shape = metadata.Dimensions.Length == 1 ? [rows] : [rows, 1];
        Type type = metadata.ElementType;
        if (type == typeof(string))
            return Make(input, shape, Text(column, rows));
        return type == typeof(float) ? Make(input, shape, Numbers(column, rows, v => (float)v, float.NaN))
            : type == typeof(double) ? Make(input, shape, Numbers(column, rows, v => v, double.NaN))
            : type == typeof(long) ? Make(input, shape, Numbers(column, rows, v => (long)v, 0L))
            : type == typeof(int) ? Make(input, shape, Numbers(column, rows, v => (int)v, 0))
            : Make(input, shape, Numbers(column, rows, v => v != 0, false));
    }

    private static NamedOnnxValue Make<T>(string input, int[] shape, T[] values) => NamedOnnxValue.CreateFromTensor(input, new DenseTensor<T>(values, shape));

    private static string[] Text(Column column, int rows)
    {
        string[] text = new string[rows];
        Span<byte> scratch = stackalloc byte[32];
        for (int row = 0; row < rows; row++)
            text[row] = column.IsPresent(row) ? Encoding.UTF8.GetString(column.Canonical(row, scratch)) : "";
        return text;
    }

    private static T[] Numbers<T>(Column column, int rows, Func<double, T> convert, T missing)
    {
        T[] values = new T[rows];
        for (int row = 0; row < rows; row++)
            values[row] = column.TryNumber(row, out double value) ? convert(value) : missing;
        return values;
    }
}
