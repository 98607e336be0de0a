import { testKernel } from './on-kernel.ts'

testKernel('6.1')
