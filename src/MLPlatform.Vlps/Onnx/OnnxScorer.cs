using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using MLPlatform.Vlps.Features;
using MLPlatform.Vlps.Models;
using MLPlatform.Vlps.Rows;

namespace MLPlatform.Vlps.Onnx;

/// <summary>An ONNX model in ONNX Runtime, one thread a call: requests come side by side.</summary>
internal sealed class OnnxScorer : RowScorer
{
    private readonly InferenceSession _session;
    private readonly OnnxSection _section;
    private readonly RowEncoder? _encoder;
    private readonly string _output;

    private OnnxScorer(InferenceSession session, OnnxSection section, FeatureSpec? features, string output, IReadOnlyList<FittedColumn> columns)
    {
        (_session, _section, _output, Columns) = (session, section, output, columns);
        _encoder = features is null ? null : new RowEncoder(features);
    }

    /// <summary>The columns that it reads where no features are in front of it.</summary>
    public IReadOnlyList<FittedColumn> Columns { get; }

    /// <exception cref="VlpsException">The file is no ONNX model, or its inputs and outputs are not what the section says.</exception>
    public static OnnxScorer Load(string file, OnnxSection section, FeatureSpec? features)
    {
        InferenceSession session = OnnxFile.Open(file);
        try
        {
            return new OnnxScorer(session, section, features, OutputOf(session, section), ColumnsOf(session, section));
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    public override void Score(ColumnBatch batch, Span<float> probabilities, Span<ulong> hashes)
    {
        if (batch.Rows == 0)
            return;
        List<NamedOnnxValue> inputs = _section.Layout switch
        {
            OnnxLayout.Sparse => Sparse(batch, hashes),
            OnnxLayout.Dense => [Dense(batch, hashes)],
            _ => [.. _session.InputMetadata.Select(i => OnnxColumns.Of(i.Key, i.Value, batch[i.Key], batch.Rows))],
        };
        if (_section.Layout == OnnxLayout.Columns)
            Hash(batch, hashes);
        try
        {
            using IDisposableReadOnlyCollection<DisposableNamedOnnxValue> results = _session.Run(inputs, [_output]);
            Read(results[0].AsTensor<float>(), probabilities[..batch.Rows]);
        }
        catch (OnnxRuntimeException e)
        {
            throw new VlpsException(VlpsProblem.ColumnType, $"ONNX Runtime refused the rows: {e.Message}", e);
        }
    }

    public override void Dispose() => _session.Dispose();

    private List<NamedOnnxValue> Sparse(ColumnBatch batch, Span<ulong> hashes)
    {
        long[] ids = [];
        float[] values = [];
        int width = 0;
        ulong[] rowHashes = new ulong[hashes.Length];
        _encoder!.Encode(batch, rowHashes, (block, kept) =>
        {
            for (int row = 0; row < block.Rows; row++)
                width = Math.Max(width, block.End(row) - block.Start(row));
            (ids, values) = (new long[block.Rows * width], new float[block.Rows * width]);
            for (int row = 0; row < block.Rows; row++)
            {
                for (int i = block.Start(row), to = row * width; i < block.End(row); i++, to++)
                    (ids[to], values[to]) = ((long)(block.Ids[i] * 0x9E37_79B9_7F4A_7C15 >> (64 - _section.HashBits)), block.Values[i]);
            }
            RowEncoder.Hash(block, kept);
        });
        rowHashes.CopyTo(hashes);
        int[] shape = [batch.Rows, width];
        return [NamedOnnxValue.CreateFromTensor("ids", new DenseTensor<long>(ids, shape)), NamedOnnxValue.CreateFromTensor("values", new DenseTensor<float>(values, shape))];
    }

    private NamedOnnxValue Dense(ColumnBatch batch, Span<ulong> hashes)
    {
        int width = _section.Columns.Count;
        float[] cells = new float[batch.Rows * width];
        for (int i = 0; i < width; i++)
        {
            Column column = batch[_section.Columns[i]];
            for (int row = 0; row < batch.Rows; row++)
                cells[(row * width) + i] = column.TryNumber(row, out double value) ? (float)value : float.NaN;
        }
        for (int row = 0; row < hashes.Length; row++)
            hashes[row] = XxHash3.HashToUInt64(MemoryMarshal.AsBytes(cells.AsSpan(row * width, width)));
        return NamedOnnxValue.CreateFromTensor(_session.InputMetadata.Keys.First(), new DenseTensor<float>(cells, [batch.Rows, width]));
    }

    private static void Hash(ColumnBatch batch, Span<ulong> hashes)
    {
        Span<byte> scratch = stackalloc byte[32];
        for (int row = 0; row < hashes.Length; row++)
        {
            ulong hash = 0;
            foreach (Column column in batch.Columns)
                hash = FeatureHash.Combine(hash, column.IsPresent(row) ? FeatureHash.Of(column.Canonical(row, scratch)) : FeatureHash.Missing);
            hashes[row] = hash;
        }
    }

    private void Read(Tensor<float> output, Span<float> probabilities)
    {
        ReadOnlySpan<float> values = ((DenseTensor<float>)output).Buffer.Span;
        int rows = probabilities.Length, classes = rows == 0 ? 0 : values.Length / rows, wanted = _section.Class ?? classes - 1;
        if (classes * rows != values.Length || wanted < 0 || wanted >= classes)
            throw new VlpsException(VlpsProblem.ColumnType, $"its output '{_output}' has {values.Length} values for {rows} rows; class {wanted} is not among them");
        for (int row = 0; row < rows; row++)
        {
            float value = values[(row * classes) + wanted];
            probabilities[row] = _section.Logits ? Networks.Objective.Sigmoid(value) : value;
        }
    }

    private static string OutputOf(InferenceSession session, OnnxSection section)
    {
        string? output = section.Output ?? session.OutputMetadata.FirstOrDefault(o => o.Value.IsTensor && o.Value.ElementType == typeof(float)).Key;
        if (output is null || !session.OutputMetadata.TryGetValue(output, out NodeMetadata? metadata))
            throw Bad(output is null ? "it has no output of floats" : $"it has no output '{output}'; it has {string.Join(", ", session.OutputMetadata.Keys)}");
        return metadata.IsTensor && metadata.ElementType == typeof(float) ? output : throw Bad($"its output '{output}' is no tensor of floats");
    }

    private static IReadOnlyList<FittedColumn> ColumnsOf(InferenceSession session, OnnxSection section)
    {
        IReadOnlyDictionary<string, NodeMetadata> inputs = session.InputMetadata;
        switch (section.Layout)
        {
            case OnnxLayout.Columns:
                return [.. inputs.Select(i => new FittedColumn(i.Key, OnnxColumns.KindOf(i.Key, i.Value), 0))];
            case OnnxLayout.Dense:
                if (inputs.Count != 1 || inputs.Values.First().ElementType != typeof(float) || section.Columns.Count == 0)
                    throw Bad("a dense layout needs one input of floats, and the columns it holds");
                return [.. section.Columns.Select(c => new FittedColumn(c, ColumnKind.Real, 0))];
            default:
                bool fits = inputs.Count == 2 && inputs.TryGetValue("ids", out NodeMetadata? ids) && ids.ElementType == typeof(long)
                    && inputs.TryGetValue("values", out NodeMetadata? values) && values.ElementType == typeof(float);
                if (!fits || section.HashBits is < 4 or > 30)
                    throw Bad("a sparse layout needs the inputs ids (int64) and values (float), and hashBits from 4 to 30");
                return [];
        }
    }

    internal static VlpsException Bad(string why, Exception? inner = null) => new(VlpsProblem.BadFile, $"this is no model that can be served: {why}", inner);
}
