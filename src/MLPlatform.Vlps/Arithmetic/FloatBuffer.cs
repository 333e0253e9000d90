using System.Runtime.InteropServices;

namespace MLPlatform.Vlps.Arithmetic;

/// <summary>Floats outside the garbage collector's heap, on a cache line's boundary, zero at first.</summary>
internal sealed unsafe class FloatBuffer : IDisposable
{
    /// <param name="length">How many floats; none is fine.</param>
    public FloatBuffer(long length)
    {
        Length = length;
        nuint bytes = checked((nuint)Math.Max(16, length) * sizeof(float));
        Pointer = (float*)NativeMemory.AlignedAlloc(bytes, 64);
        NativeMemory.Clear(Pointer, bytes);
    }

    public long Length { get; }

    public float* Pointer { get; private set; }

    public Span<float> Span => new(Pointer, checked((int)Length));

    public void Dispose()
    {
        NativeMemory.AlignedFree(Pointer);
        Pointer = null;
        GC.SuppressFinalize(this);
    }

    ~FloatBuffer() => NativeMemory.AlignedFree(Pointer);
}
